# title: Why YAML rather than JSON
# moment: 02:09:34
# keywords: yaml, json, structured data, token economy, quirk, density

import json

from bpe_reference import GPT4Tokenizer

products = [
    {"name": "apple", "price": 3, "tags": ["fruit", "red"]},
    {"name": "pear", "price": 4, "tags": ["fruit"]},
]
as_json = json.dumps(products, indent=2)
as_yaml = """- name: apple
  price: 3
  tags:
  - fruit
  - red
- name: pear
  price: 4
  tags:
  - fruit
"""
gpt4 = GPT4Tokenizer()
print("JSON:", len(gpt4.encode(as_json)), "tokens")
print("YAML:", len(gpt4.encode(as_yaml)), "tokens")
