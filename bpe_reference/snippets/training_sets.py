# title: Another training text, another tokenizer
# moment: 00:39:20
# keywords: training set, separate stage, tokenizer, language, mixture, diagram

from bpe_reference import BasicTokenizer

english = "the quick brown fox jumps over the lazy dog and the cat sleeps in the sun all day. " * 3
korean = "안녕하세요 여러분, 오늘은 토큰화를 살펴보겠습니다. 안녕히 가세요, 내일 또 만나요 여러분. " * 3
for name, training_text in (("English", english), ("Korean", korean)):
    tokenizer = BasicTokenizer()
    tokenizer.train(training_text, 256 + 60)
    print(
        f"trained on {name}: {len(tokenizer.encode('the lazy cat'))} tokens for 'the lazy cat',"
        f" {len(tokenizer.encode('안녕하세요 여러분'))} for '안녕하세요 여러분'"
    )
