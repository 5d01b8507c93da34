# title: An image patch as a token: the nearest code
# moment: 01:49:58
# keywords: multimodal, image, vector quantization, codebook, vqgan, sora, patches
# ruff: noqa: B905

codebook = [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)]  # learned vectors; their numbers are the tokens
patches = [(0.1, 0.2), (0.9, 0.8), (0.2, 0.9)]  # what an encoder made of three patches of an image


def nearest(vector: tuple[float, float]) -> int:
    distances = [sum((a - b) ** 2 for a, b in zip(vector, code)) for code in codebook]
    return distances.index(min(distances))


tokens = [nearest(patch) for patch in patches]
print(tokens)
print([codebook[t] for t in tokens])  # what the decoder is given
