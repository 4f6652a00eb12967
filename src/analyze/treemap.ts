export interface TreeNode {
  readonly name: string;
  readonly size: number;
  readonly children?: readonly TreeNode[];
}

/** A node with its place; the root has depth 0 and is not among them. */
export interface Rectangle {
  readonly name: string;
  readonly size: number;
  readonly depth: number;
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** Height of a node's own name above its children. */
const HEADER = 20;

/** Returns where the nodes lie, parents before their children. Loads the layout on its first use. */
export async function treemap(root: TreeNode, width: number, height: number): Promise<Rectangle[]> {
  const d3 = await import("d3-hierarchy");
  const tree = d3.hierarchy(root, (node) => node.children)
    .sum((node) => node.children === undefined ? node.size : 0)
    .sort((a, b) => (b.value ?? 0) - (a.value ?? 0));
  const layout = d3.treemap<TreeNode>().size([width, height]).paddingInner(1)
    .paddingTop((node) => node.depth === 0 ? 0 : HEADER);
  return layout(tree).descendants().slice(1).map((node) => ({
    name: node.data.name,
    size: node.data.size,
    depth: node.depth,
    x0: node.x0,
    y0: node.y0,
    x1: node.x1,
    y1: node.y1,
  }));
}
