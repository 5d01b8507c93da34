# title: Why other languages cost more
# moment: 01:54:20
# keywords: korean, non-english, languages, japanese, quirk, bloated

from bpe_reference import GPT2Tokenizer, GPT4Tokenizer

gpt2, gpt4 = GPT2Tokenizer(), GPT4Tokenizer()
for text in ("Hello, how are you?", "안녕하세요, 어떻게 지내세요?", "こんにちは、お元気ですか？"):
    print(f"GPT-2 {len(gpt2.encode(text)):3}   GPT-4 {len(gpt4.encode(text)):3}   {text}")
