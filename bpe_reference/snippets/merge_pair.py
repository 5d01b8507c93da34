# title: Write a new token wherever the pair stands
# moment: 00:30:36
# keywords: merge, replace, pair, new token, 256


def merge(ids: list[int], pair: tuple[int, int], idx: int) -> list[int]:
    new_ids = []
    i = 0
    while i < len(ids):
        if i < len(ids) - 1 and (ids[i], ids[i + 1]) == pair:
            new_ids.append(idx)
            i += 2
        else:
            new_ids.append(ids[i])
            i += 1
    return new_ids


print(merge([5, 6, 6, 7, 9, 1], (6, 7), 99))
print(merge([7, 7, 7], (7, 7), 99))
