"""Sentences split, joined, placed and spelled; paragraphs and lists made of them."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.models import Sentence, Word
from pipeline.text import words
from pipeline.writers.editor import edit_block, edit_sentence, edit_text, markdown
from pipeline.writers.editor_clauses import split_long, with_commas
from pipeline.writers.editor_paragraphs import MAX_PARAGRAPH_WORDS, enumeration, paragraphs
from pipeline.writers.editor_sentences import Piece, pieces_of
from pipeline.writers.editor_spelling import finish, learn_spelling

RUN_ON = (
    "so when we train the tokenizer we see that there's a training set as well and there's a lot more english than "
    "non-english so we have a lot more long tokens for english and what this does is it bloats up the sequence "
    "length of all the documents but the chunks here are a lot more broken up so we're using a lot more tokens"
)

SENTENCE_ID = Callable[..., tuple[Sentence, ...]]


def edited(texts: list[str], make: SENTENCE_ID, language: str = "en") -> list[Piece]:
    sentences = make(texts)
    return pieces_of(sentences, learn_spelling(texts, language=language), language)


def test_a_run_on_becomes_sentences_of_at_most_40_words(make_sentences: SENTENCE_ID) -> None:
    pieces = edited([RUN_ON], make_sentences)
    assert len(pieces) >= 4
    assert max(piece.words for piece in pieces) <= 40
    assert all(piece.text[0].isupper() and piece.text.endswith(".") for piece in pieces)
    assert words.kept_share(RUN_ON, " ".join(piece.text for piece in pieces)) == 1


@given(st.lists(st.sampled_from([*RUN_ON.split(), "and", "so", "but", "we", "if", "this is"]), max_size=120))
def test_splitting_loses_no_word_but_and(tokens: list[str]) -> None:
    text = " ".join(tokens)
    before = list(words.content(text))
    assert words.content(" ".join(split_long(text))) == before
    left = [t for t in " ".join(split_long(text)).replace(".", "").split() if t != "and"]
    assert left == [token for token in text.split() if token != "and"]


def test_a_condition_is_not_cut_from_its_consequence() -> None:
    text = (
        "and if you scroll down to the section on input representation you see that this is where they cover the "
        "properties of tokenization and they conclude that the vocabulary has so many tokens and so it goes"
    )
    assert not any(part.rstrip(".").endswith("representation") for part in split_long(text))


def test_commas_stand_before_but_and_after_if() -> None:
    text = "If you go to the paper by OpenAI you can see the number but it is small."
    assert with_commas(text) == "If you go to the paper by OpenAI, you can see the number, but it is small."
    assert with_commas("So that is all but one of them.") == "So that is all but one of them."


def test_parts_of_a_run_on_name_the_sentences_they_are_from(make_sentences: SENTENCE_ID) -> None:
    half = len(RUN_ON.split()) // 2
    first, second = " ".join(RUN_ON.split()[:half]), " ".join(RUN_ON.split()[half:])
    pieces = edited([first, second], make_sentences)
    assert pieces[0].sentences == ("s0001",)
    assert pieces[-1].sentences == ("s0002",)
    assert {name for piece in pieces for name in piece.sentences} == {"s0001", "s0002"}
    assert all(a.start_s <= b.start_s for a, b in itertools.pairwise(pieces))
    assert 0 <= pieces[0].start_s < 5 < pieces[-1].end_s <= 10


def test_pauses_help_to_find_where_a_sentence_ends() -> None:
    texts = "the final example i have is a snippet of python the token count drops for the same string of text there"
    spoken, at = [], 0.0
    for number, word in enumerate((RUN_ON + " " + texts).split()):
        pause = 1.5 if number == len(RUN_ON.split()) + 10 else 0.0
        spoken.append(Word(text=word, start_s=at + pause, end_s=at + pause + 0.3))
        at += pause + 0.3
    sentence = Sentence(id="s0001", start_s=0, end_s=at, text=RUN_ON + " " + texts, words=tuple(spoken))
    assert edit_text([sentence]).count(".") >= edit_text([sentence.model_copy(update={"words": ()})]).count(
        "."
    )


def test_empty_sentences_go_and_their_ids_stay(make_sentences: SENTENCE_ID) -> None:
    pieces = edited(["Okay.", "We merge the pairs.", "Right.", "All right."], make_sentences)
    assert [piece.text for piece in pieces] == ["We merge the pairs."]
    assert pieces[0].sentences == ("s0001", "s0002", "s0003", "s0004")


def test_what_is_said_again_at_once_stands_once(make_sentences: SENTENCE_ID) -> None:
    texts = [
        "So let's try to take the string and see what we get.",
        "So let's try to take the string and see what we get.",
        "Let's try to take the string and see what we get if we encode it.",
    ]
    pieces = edited(texts, make_sentences)
    assert [piece.text for piece in pieces] == [
        "Let's try to take the string and see what we get if we encode it."
    ]
    assert pieces[0].sentences == ("s0001", "s0002", "s0003")


def test_so_does_not_begin_sentence_after_sentence(make_sentences: SENTENCE_ID) -> None:
    texts = [f"So we merge the pair number {n} of the list." for n in range(8)]
    text = " ".join(piece.text for piece in edited(texts, make_sentences))
    assert 1 <= text.count("So we") <= 2
    assert text.count("merge the pair number") == 8


def test_so_far_and_so_that_stay(make_sentences: SENTENCE_ID) -> None:
    texts = ["So we merge the pairs now.", "So far this has been easy.", "So that is the first step of it."]
    assert [piece.text for piece in edited(texts, make_sentences)][1:] == texts[1:]


def test_a_fragment_keeps_its_opener(make_sentences: SENTENCE_ID) -> None:
    texts = ["So we merge the pairs now.", "So quite a bit of an improvement.", "So This is it for today."]
    assert [piece.text for piece in edited(texts, make_sentences)] == [
        "We merge the pairs now.",
        "So quite a bit of an improvement.",
        "This is it for today.",
    ]


def test_a_reason_joins_what_it_is_the_reason_for(make_sentences: SENTENCE_ID) -> None:
    texts = [
        "We have to go in order.",
        "Because this merge relies on the one before.",
        "Because it occurs often, it is merged.",
    ]
    assert [piece.text for piece in edited(texts, make_sentences)] == [
        "We have to go in order, because this merge relies on the one before.",
        "Because it occurs often, it is merged.",
    ]


def test_a_sentence_begun_again_stands_once(make_sentences: SENTENCE_ID) -> None:
    texts = [
        "We take a list of ids and the pair to replace, and we'll do that.",
        "And we take a list of ids, and the pair to replace, and the new index.",
    ]
    [piece] = edited(texts, make_sentences)
    assert piece.text.endswith("and the new index.")
    assert piece.sentences == ("s0001", "s0002")
    denied = ["We take a list of ids and the pair to replace, and we don't.", texts[1]]
    assert len(edited(denied, make_sentences)) == 2


def test_a_word_heard_twice_at_a_windows_edge_stands_once(make_sentences: SENTENCE_ID) -> None:
    pieces = edited(["These tokens are raw bytes.", "bytes, so we have to decode them now."], make_sentences)
    assert [piece.text for piece in pieces] == [
        "These tokens are raw bytes.",
        "We have to decode them now.",
    ]


def test_and_so_on_ends_what_it_stands_in() -> None:
    text = (
        "tokenization is the process for translating strings or text into sequences of tokens and vice versa when you "
        "go into the other paper you see that they trained on two trillion tokens of data and so on so we are now going to build our own tokenizer from scratch"
    )
    parts = split_long(text)
    assert [part for part in parts if part.startswith(("vice", "so on", "on "))] == []
    assert any(part.endswith("vice versa.") for part in parts)
    assert any(part.endswith("and so on.") for part in parts)


def test_a_short_sentence_with_and_joins_the_one_before(make_sentences: SENTENCE_ID) -> None:
    assert [p.text for p in edited(["We take the bytes.", "And we merge them."], make_sentences)] == [
        "We take the bytes, and we merge them."
    ]


def test_capitals_are_learned_from_the_lecture_and_its_screens() -> None:
    texts = ["We ask the Tokenizer of Magikarp.", "And Magikarp, or Magikarp, it is.", "i like magikarp"]
    spelling = learn_spelling(texts, ["GPT-2 and cl100k_base"])
    assert finish("i like magikarp in gpt two and python", spelling) == "I like Magikarp in GPT-2 and Python."
    assert finish("the CL100K base is used", spelling) == "The cl100k_base is used."


def test_utf_eight_is_written_with_its_number() -> None:
    spelling = learn_spelling([])
    assert finish("we encode it as UTF eight here", spelling) == "We encode it as UTF-8 here."
    assert finish("GPT two billion parameters", spelling) == "GPT-2 billion parameters."


def test_identifiers_keep_their_first_letter() -> None:
    assert finish("get_stats counts the pairs", learn_spelling([])) == "get_stats counts the pairs."


@pytest.mark.parametrize("language", ["de", "zh", "fr", "xx"])
def test_other_languages_pass_through(language: str, make_sentences: SENTENCE_ID) -> None:
    text = {"zh": "我们训练分词器。", "de": "Wir trainieren, ähm, den Tokenizer."}.get(
        language, "Un texte court."
    )
    [piece] = edited([text], make_sentences, language)
    assert "ähm" not in piece.text
    assert words.kept_share(text, piece.text, language) == 1


@given(st.lists(st.lists(st.sampled_from(RUN_ON.split()), min_size=1, max_size=40).map(" ".join), max_size=8))
def test_every_sentence_is_named_by_some_piece(texts: list[str]) -> None:
    sentences = [Sentence(id=f"s{n:04d}", start_s=n, end_s=n + 1, text=text) for n, text in enumerate(texts)]
    pieces = pieces_of(sentences, learn_spelling(texts))
    said = {sentence.id for sentence in sentences if words.content(sentence.text)}
    assert said <= {name for piece in pieces for name in piece.sentences}
    assert all(piece.sentences and piece.start_s <= piece.end_s for piece in pieces)


@given(st.lists(st.text(max_size=120), max_size=6))
def test_any_sentences_can_be_edited(texts: list[str]) -> None:
    sentences = [Sentence(id=f"s{n:04d}", start_s=n, end_s=n + 1, text=text) for n, text in enumerate(texts)]
    for language in ("en", "de", "zh"):
        text = edit_text(sentences, language)
        assert words.kept_share(" ".join(texts), text, language) >= 0
        assert isinstance(text, str)
        assert edit_text(sentences, language) == text


# ---------------------------------------------------------------------------------- paragraphs and lists


@given(st.lists(st.integers(1, 45), max_size=60), st.integers(0, 3))
def test_paragraphs_hold_every_sentence_and_stay_short(lengths: list[int], pause: int) -> None:
    at, pieces = 0.0, []
    for number, length in enumerate(lengths):
        text = " ".join(["word"] * (length - 1) + ["end."])
        pieces.append(Piece(text, (f"s{number:04d}",), at, at + 2))
        at += 2 + (pause if number % 4 == 3 else 0)
    groups = paragraphs(pieces)
    assert [piece for group in groups for piece in group] == pieces
    assert all(sum(piece.words for piece in group) < MAX_PARAGRAPH_WORDS for group in groups)


def test_a_pause_and_a_new_subject_begin_a_paragraph() -> None:
    texts = ["We merge the pair of bytes."] * 8 + [
        "Now the transformer attends to tokens in its context."
    ] * 8
    pieces = [Piece(t, (f"s{n:04d}",), n * 4 + (2 if n >= 8 else 0), n * 4 + 4 + (2 if n >= 8 else 0))
              for n, t in enumerate(texts)]  # fmt: skip
    assert [len(group) for group in paragraphs(pieces)] == [8, 8]


def test_a_question_begins_a_paragraph_and_never_ends_one() -> None:
    texts = ["This token is merged with its neighbour in the list of all tokens."] * 9
    texts += ["And finally, why is the model worse at Python?", "Each space of the indentation is a token."]
    texts += ["The spaces of Python code fill the context of the model."] * 7
    groups = paragraphs(piece_list(texts))
    assert not any(group[-1].text.endswith("?") for group in groups)
    assert any(group[0].text.startswith("And finally, why") for group in groups)


def piece_list(texts: list[str]) -> list[Piece]:
    return [Piece(text, (f"s{n:04d}",), n, n + 1) for n, text in enumerate(texts)]


def test_an_enumeration_becomes_a_list() -> None:
    found = enumeration(piece_list([
        "That explains three things that people complain about.",
        "One, spelling: ask a model how many letters there are.",
        "It may get it wrong.",
        "Two, arithmetic: the number 677 is two pieces.",
        "And three, Python code: every space is a token.",
        "What's a token?",
    ]))  # fmt: skip
    assert found is not None
    assert (found.first, found.last) == (1, 5)
    assert [text for *_, text in found.items] == [
        "Spelling: ask a model how many letters there are. It may get it wrong.",
        "Arithmetic: the number 677 is two pieces.",
        "Python code: every space is a token.",
    ]


@pytest.mark.parametrize(
    "texts",
    [
        ["One of them is short.", "Two of them are long.", "Three are longer."],
        ["First, we merge.", "Then we go on."],
        ["First, we merge.", "Second, we merge again."],  # two, and nobody said that there are two
        ["One, this.", "a", "b", "c", "d", "Two, that.", "Three, all."],  # too far apart
    ],
)
def test_what_only_looks_like_an_enumeration_stays_prose(texts: list[str]) -> None:
    assert enumeration(piece_list(texts)) is None


# ----------------------------------------------------------------------------------- what others call


def test_a_block_names_all_its_sentences(make_sentences: SENTENCE_ID) -> None:
    block = edit_block(make_sentences(["Okay.", "So, um, we merge `a_b` * 2."]), "ch03-b007")
    assert block.id == "ch03-b007"
    assert block.sentences == ("s0001", "s0002")
    assert block.writer == "editor"
    assert block.text == r"We merge `a_b` \* 2."


def test_one_sentence(make_sentences: SENTENCE_ID) -> None:
    [sentence] = make_sentences(["And that is, you know, it."])
    assert edit_sentence(sentence) == "And that is it."


@pytest.mark.parametrize(
    ("plain", "expected"),
    [
        ("call get_stats(ids)", "call `get_stats`(ids)"),
        ("the <|endoftext|> token", "the `<|endoftext|>` token"),
        ("a * b _ c [x](y) <b>", r"a \* b \_ c \[x\](y) `<b>`"),
        ("# not a heading", r"\# not a heading"),
        ("1. not a list", r"1\. not a list"),
        ("R&D &lt;", r"R&amp;D &amp;lt;"),
    ],
)
def test_speech_is_never_markup(plain: str, expected: str) -> None:
    assert markdown(plain) == expected


@pytest.mark.parametrize(
    ("said", "stays"),
    [
        # What opens a condition keeps its answer.
        (
            "so roughly speaking if you add some amount of japanese data to the training set of the tokenizer, then "
            "that means that more japanese tokens will get merged, and we see that its sequences will be shorter",
            "tokenizer, then",
        ),
        # An introduction keeps its clause.
        (
            "I wanted to add one more cell here where I went to the blog post and instead of grabbing just the first "
            "paragraph or two, I took the entire post, and then I stretched it out in a single line of the notebook",
            "two, I took",
        ),
        (
            "so in addition to tokens that are coming from raw bytes and the merges, we can insert all kinds of tokens "
            "that we use to delimit different parts of the data or to give the streams some special structure of ours",
            "merges, we can",
        ),
        # "Not just" keeps its "but".
        (
            "these special tokens are used pervasively, not just in the modeling of the next token in the sequence, "
            "but it matters especially when it gets to the fine-tuning stage, and we want to delimit conversations",
            "sequence, but",
        ),
        # What was noticed is still to come.
        (
            "the next thing I want to briefly address is that I think recently, there's a lot of momentum in how you "
            "could construct transformers that can process not text alone but a lot of other modalities at the time",
            "recently, there's",
        ),
    ],
)
def test_a_clause_is_not_cut_from_what_it_needs(said: str, stays: str) -> None:
    assert any(stays in part for part in split_long(said)), split_long(said)


def test_a_sentence_left_open_goes_on_behind_a_pause(make_sentences: SENTENCE_ID) -> None:
    one, two = make_sentences(
        ["the sequence gets longer and we turn it into bytes", "of a variable amount so it fits"]
    )
    later = two.model_copy(update={"start_s": one.end_s + 1.4, "end_s": one.end_s + 5})
    spelling = learn_spelling([one.text])
    joined = " ".join(piece.text for piece in pieces_of([one, later], spelling))
    assert "bytes of a variable amount" in joined
    at_last = two.model_copy(update={"start_s": one.end_s + 9, "end_s": one.end_s + 12})
    assert "bytes." in " ".join(piece.text for piece in pieces_of([one, at_last], spelling))


def test_a_word_heard_twice_at_a_seam_stands_once(make_sentences: SENTENCE_ID) -> None:
    pieces = edited(["These tokens are raw bytes. bytes so I have to decode them."], make_sentences)
    assert " ".join(piece.text for piece in pieces) == "These tokens are raw bytes. So I have to decode them."


def test_a_beginning_alone_goes_and_an_answer_stays(make_sentences: SENTENCE_ID) -> None:
    pieces = edited(["That's a tie.", "Both.", "Both pairs are there two times."], make_sentences)
    assert [piece.text for piece in pieces] == ["That's a tie.", "Both pairs are there two times."]
    pieces = edited(["Is it merged?", "No.", "No single pair can be merged now."], make_sentences)
    assert "No." in [piece.text for piece in pieces]
