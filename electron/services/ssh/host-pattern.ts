/**
 * Whether patterns of ssh_config(5) match one of the names a host goes by: `*` and `?` are wildcards, a pattern with `!`
 * excludes whatever the others say. No regular expression is made of a pattern, so none takes long.
 */
export function matchesPattern(patterns: readonly string[], names: readonly string[]): boolean {
  const matching = (pattern: string) =>
    names.some((name) => matches(pattern.toLowerCase(), name.toLowerCase()));
  if (patterns.some((pattern) => pattern.startsWith('!') && matching(pattern.slice(1)))) return false;
  return patterns.some((pattern) => !pattern.startsWith('!') && matching(pattern));
}

/** Goes back to the last `*` alone, which is enough for patterns without alternatives. */
function matches(pattern: string, name: string): boolean {
  let at = 0;
  let star = -1;
  let resumeAt = 0;
  let index = 0;
  while (index < name.length) {
    if (pattern[at] === '*') {
      star = at;
      at += 1;
      resumeAt = index;
    } else if (pattern[at] === '?' || pattern[at] === name[index]) {
      at += 1;
      index += 1;
    } else if (star >= 0) {
      at = star + 1;
      resumeAt += 1;
      index = resumeAt;
    } else return false;
  }
  while (pattern[at] === '*') at += 1;
  return at === pattern.length;
}
