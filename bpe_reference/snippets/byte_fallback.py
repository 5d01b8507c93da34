# title: sentencepiece: code points, with bytes to fall back on
# moment: 01:28:42
# keywords: sentencepiece, byte_fallback, code points, llama, add_dummy_prefix, unk

from bpe_reference.codepoints import SentencePieceTokenizer

tokenizer = SentencePieceTokenizer.train("hello hello hallo there the other the", vocab_size=275)
for text in ("hello there", "hello 안"):
    ids = tokenizer.encode(text)
    print(f"{text!r}: {[tokenizer.id_to_piece(i) for i in ids]}")
    print(repr(tokenizer.decode(ids)))
