/**
 * Several token sequences as one tree, in which what they begin with in common stands once.
 *
 *     the type is yes .            ┌─ yes ─ .
 *     the type is no .     the ─ type ─ is ─┤
 *     the type is no good .        └─ no ─┬─ .
 *                                         └─ good ─ .
 */

export interface TrieNode {
  readonly token: number;
  /** Undefined for the root, which stands for no token. */
  readonly parent: TrieNode | undefined;
  /** Tokens from the root to here, this one included. */
  readonly depth: number;
  readonly children: Map<number, TrieNode>;
  /** Nodes from here on that have children, this one included: what a model must be fed to predict everything below. */
  toFeed: number;
  /** log p of this token given those before it, nats; NaN until somebody computed it. */
  logProbability: number;
  /** Sum of those from below the root to here, nats; the root's is 0. */
  logLikelihood: number;
}

export class TokenTrie {
  readonly root: TrieNode = newNode(-1, undefined);
  /** The last node of each sequence; the root for an empty one. Equal sequences share theirs. */
  readonly ends: readonly TrieNode[];

  constructor(sequences: readonly (readonly number[])[]) {
    const nodes = [this.root];
    this.ends = sequences.map((ids) => {
      let node = this.root;
      for (const id of ids) {
        let child = node.children.get(id);
        if (child === undefined) {
          child = newNode(id, node);
          node.children.set(id, child);
          nodes.push(child);
        }
        node = child;
      }
      return node;
    });
    // Children were made after their parents, so from the last on every child is counted before its parent.
    for (const node of nodes.reverse()) {
      if (node.children.size > 0)
        node.toFeed = [...node.children.values()].reduce((sum, child) => sum + child.toFeed, 1);
    }
  }
}

function newNode(token: number, parent: TrieNode | undefined): TrieNode {
  const depth = parent === undefined ? 0 : parent.depth + 1;
  const logLikelihood = parent === undefined ? 0 : Number.NaN;
  return { token, parent, depth, children: new Map(), toFeed: 0, logProbability: Number.NaN, logLikelihood };
}

/** The children that must be fed, since something comes after them. */
export function openChildren(node: TrieNode): TrieNode[] {
  return [...node.children.values()].filter(({ toFeed }) => toFeed > 0);
}

/** The node and those after it up to the first that branches, or has nothing to feed after it; at most `most`. */
export function chainFrom(node: TrieNode, most: number): TrieNode[] {
  const chain = [node];
  while (chain.length < most) {
    const last = chain.at(-1)!;
    const [next] = last.children.values();
    if (next === undefined || last.children.size > 1 || next.toFeed === 0) break;
    chain.push(next);
  }
  return chain;
}

/** The nodes below `ancestor`, the root by default, down to this one. */
export function pathTo(node: TrieNode, ancestor?: TrieNode): TrieNode[] {
  const path: TrieNode[] = [];
  for (let at = node; at !== ancestor && at.parent !== undefined; at = at.parent) path.push(at);
  return path.reverse();
}

/** The deepest node that both come from, or are. */
export function commonAncestor(a: TrieNode, b: TrieNode): TrieNode {
  let [left, right] = [a, b];
  while (left !== right) {
    if (left.depth > right.depth) left = left.parent!;
    else if (right.depth > left.depth) right = right.parent!;
    else [left, right] = [left.parent!, right.parent!];
  }
  return left;
}
