# title: Without tokenization, sequences are long
# moment: 00:22:47
# keywords: raw bytes, tokenization-free, sequence length, context, hierarchical

from bpe_reference import GPT4Tokenizer

gpt4 = GPT4Tokenizer()
for text in ("Hello, how are you today?", "안녕하세요, 오늘 기분이 어떠세요?"):
    print(
        f"{len(text)} characters, {len(text.encode('utf-8'))} bytes, {len(gpt4.encode(text))} tokens: {text}"
    )
