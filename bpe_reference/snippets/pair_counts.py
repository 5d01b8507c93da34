# title: Count the pairs of neighbours
# moment: 00:28:35
# keywords: get_stats, pairs, count, consecutive, most common
# ruff: noqa: B905, RUF007


def get_stats(ids: list[int]) -> dict[tuple[int, int], int]:
    counts: dict[tuple[int, int], int] = {}
    for pair in zip(ids, ids[1:]):  # each element with its successor
        counts[pair] = counts.get(pair, 0) + 1
    return counts


text = "The most common pair of bytes in the text is the one to be merged there."
stats = get_stats(list(text.encode("utf-8")))
for pair, count in sorted(stats.items(), key=lambda item: item[1], reverse=True)[:5]:
    print(count, pair, repr(bytes(pair).decode("utf-8")))
print("the most common:", max(stats, key=lambda pair: stats[pair]))
