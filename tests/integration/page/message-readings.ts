/** A message taken apart: what stands in it as it is, and choices between messages, as in `{n, plural, one {…} other {…}}`. */
type Part = string | { readonly argument: string; readonly branches: ReadonlyMap<string, readonly Part[]> };

/**
 * What a translation must take over, at whatever place and however often, for every way in which the message can be read:
 * `{name}`, `#`, `<0>`, `</0>`, `<0/>`. A reading is named by its choices, as in `n=one`; one that `like` has and this
 * message does not is read as `other`, and so a sentence may be chosen as a whole, or a word in it.
 */
export function readingsOf(message: string, like: string = message): Map<string, readonly string[]> {
  const own = parse(message);
  return new Map(choicesIn([...own, ...parse(like)]).map((choice) => [nameOf(choice), read(own, choice)]));
}

type Choice = ReadonlyMap<string, string>;

const nameOf = (choice: Choice): string => [...choice].map(([name, key]) => `${name}=${key}`).join(' ');

/** Every combination of what can be chosen in them, whatever their order. */
function choicesIn(parts: readonly Part[]): Choice[] {
  const keys = new Map<string, Set<string>>();
  const gather = (all: readonly Part[]) => {
    for (const part of all) {
      if (typeof part === 'string') continue;
      const known = keys.get(part.argument) ?? new Set();
      keys.set(part.argument, known);
      for (const [key, branch] of part.branches) {
        known.add(key);
        gather(branch);
      }
    }
  };
  gather(parts);
  let choices: Choice[] = [new Map()];
  for (const [argument, of] of [...keys].toSorted(([a], [b]) => a.localeCompare(b))) {
    choices = choices.flatMap((choice) =>
      [...of].toSorted().map((key) => new Map([...choice, [argument, key]])),
    );
  }
  return choices;
}

function read(parts: readonly Part[], choice: Choice): string[] {
  const found = parts.flatMap((part) => {
    if (typeof part === 'string') return part;
    const branch = part.branches.get(choice.get(part.argument) ?? 'other') ?? part.branches.get('other');
    return read(branch ?? [], choice);
  });
  return [...new Set(found)].toSorted();
}

const token = /\{\s*(\w+)\s*,\s*(?:plural|selectordinal|select)\s*,|\{\w+[^{}]*\}|<\/?\d+\/?>|#|\}/g;

/** From where `tokens` is in the message up to the brace that closes its parts, or the end. */
function parse(message: string, tokens = new RegExp(token)): readonly Part[] {
  const next = () => tokens.exec(message);
  const found: Part[] = [];
  for (let match = next(); match !== null && match[0] !== '}'; match = next()) {
    const argument = match[1];
    if (argument === undefined) {
      found.push(match[0]);
      continue;
    }
    const branches = new Map<string, readonly Part[]>();
    const branch = /\s*(=?\w+)\s*\{/y;
    for (;;) {
      branch.lastIndex = tokens.lastIndex;
      const key = branch.exec(message)?.[1];
      if (key === undefined) break;
      tokens.lastIndex = branch.lastIndex;
      branches.set(key, parse(message, tokens));
    }
    // The brace that closes the choice.
    next();
    found.push({ argument, branches });
  }
  return found;
}
