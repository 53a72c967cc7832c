/**
 * Takes a command line's parameters apart by the rules of learn.microsoft.com, "Parsing C command-line arguments" and
 * "CommandLineToArgvW", as they are written there: 2n backslashes before a quotation mark are n backslashes and a mark that
 * begins or ends; 2n+1 are n backslashes and a mark that is meant; two marks within a quoted part are one that is meant.
 */
export function commandLineToArguments(text: string): string[] {
  const found: string[] = [];
  let at = 0;
  const backslashes = (): number => {
    const from = at;
    while (text[at] === '\\') at += 1;
    return at - from;
  };
  for (;;) {
    while (text[at] === ' ' || text[at] === '\t') at += 1;
    if (at >= text.length) return found;
    let [word, isQuoted] = ['', false];
    while (at < text.length && (isQuoted || (text[at] !== ' ' && text[at] !== '\t'))) {
      const count = backslashes();
      if (text[at] !== '"') {
        word += '\\'.repeat(count);
        if (count > 0) continue;
        word += text[at] ?? '';
        at += 1;
        continue;
      }
      word += '\\'.repeat(Math.floor(count / 2));
      at += 1;
      if (count % 2 === 1) word += '"';
      else if (isQuoted && text[at] === '"') {
        word += '"';
        at += 1;
      } else isQuoted = !isQuoted;
    }
    found.push(word);
  }
}
