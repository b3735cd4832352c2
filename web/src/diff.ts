// What differs between two texts, line by line: as few lines as there are, with some of what is around them.

export interface Changed {
  kind: "same" | "taken" | "added" | "left out";
  /** Line numbers from 1, in the old and the new text. */
  old: number | null;
  now: number | null;
  text: string;
}

const AROUND = 3;
const MOST = 4_000_000; // cells: beyond, all between the ends counts as changed

/** All lines of both texts in their order; those far from any change are counted and left out. */
export function difference(before: string, after: string): Changed[] {
  const [one, two] = [before.split("\n"), after.split("\n")];
  let start = 0, end = 0;
  while (start < one.length && start < two.length && one[start] === two[start]) start++;
  while (end < one.length - start && end < two.length - start && one[one.length - 1 - end] === two[two.length - 1 - end]) end++;
  const lines: Changed[] = [];
  const same = (old: number, now: number): void => void lines.push({ kind: "same", old: old + 1, now: now + 1, text: one[old] ?? "" });
  for (let n = 0; n < start; n++) same(n, n);
  middle(one, two, start, end, lines, same);
  for (let n = end; n > 0; n--) same(one.length - n, two.length - n);
  return near(lines);
}

function middle(one: string[], two: string[], start: number, end: number, lines: Changed[], same: (old: number, now: number) => void): void {
  const [a, b] = [one.slice(start, one.length - end), two.slice(start, two.length - end)];
  const longest = a.length * b.length <= MOST ? common(a, b) : null;
  let i = 0, j = 0;
  while (i < a.length || j < b.length) {
    if (longest && i < a.length && j < b.length && a[i] === b[j]) same(start + i++, start + j++);
    else if (i < a.length && (!longest || j >= b.length || (longest[i + 1]?.[j] ?? 0) >= (longest[i]?.[j + 1] ?? 0))) {
      lines.push({ kind: "taken", old: start + i + 1, now: null, text: a[i++] ?? "" });
    } else lines.push({ kind: "added", old: null, now: start + j + 1, text: b[j++] ?? "" });
  }
}

/** How many lines the rests of both have in common, from each place on. */
function common(a: string[], b: string[]): Uint16Array[] {
  const rows = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    const [row, below] = [rows[i], rows[i + 1]];
    if (!row || !below) continue;
    for (let j = b.length - 1; j >= 0; j--) row[j] = a[i] === b[j] ? (below[j + 1] ?? 0) + 1 : Math.max(below[j] ?? 0, row[j + 1] ?? 0);
  }
  return rows;
}

function near(lines: Changed[]): Changed[] {
  const kept = new Set<number>();
  lines.forEach((line, n) => {
    if (line.kind !== "same") for (let at = n - AROUND; at <= n + AROUND; at++) kept.add(at);
  });
  if (!kept.size) return [];
  const told: Changed[] = [];
  for (let n = 0; n < lines.length; n++) {
    const line = lines[n];
    if (line && kept.has(n)) told.push(line);
    else {
      const from = n;
      while (n + 1 < lines.length && !kept.has(n + 1)) n++;
      told.push({ kind: "left out", old: null, now: null, text: `${n - from + 1} lines that are the same` });
    }
  }
  return told;
}
