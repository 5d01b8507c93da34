# title: Reuse a tokenizer, and count before you choose
# moment: 02:10:20
# keywords: recommendations, reuse, gpt-4 tokens, tiktoken, inference, final

from bpe_reference import GPT2Tokenizer, GPT4Tokenizer

texts = {
    "prose": "The tokenizer is a stage of its own.",
    "code": "    return [x for x in xs if x]",
    "number": "3141592653",
}
for kind, text in texts.items():
    print(
        f"{kind:7} GPT-2 {len(GPT2Tokenizer().encode(text)):3}   GPT-4 {len(GPT4Tokenizer().encode(text)):3}"
    )
