// What a person cannot read or hit: small letters, small targets, what covers something else, what is cut.
() => {
  const TARGET = 56;
  const LETTERS = 24;
  const dialog = document.querySelector("dialog[open]");
  const root = dialog || document.body;
  const found = [];
  const name = (node) => `${(node.parentElement || node).className || node.nodeName} "${node.textContent.trim().slice(0, 24)}"`;

  // The part of a box that is to be seen: what a scrolling list hides is a swipe away.
  function seen(box, node) {
    let { left, top, right, bottom } = box;
    for (let above = node.parentElement; above; above = above.parentElement) {
      if (getComputedStyle(above).overflowY === "visible") continue;
      const clip = above.getBoundingClientRect();
      [left, top] = [Math.max(left, clip.left), Math.max(top, clip.top)];
      [right, bottom] = [Math.min(right, clip.right), Math.min(bottom, clip.bottom)];
    }
    return right - left > 1 && bottom - top > 1 ? { left, top, right, bottom } : null;
  }

  function eachPair(boxes, inset) {
    const shrunk = boxes.map(([node, box]) => {
      const by = inset * Math.min(box.right - box.left, box.bottom - box.top);
      return [node, { left: box.left + by, right: box.right - by, top: box.top + by, bottom: box.bottom - by }];
    });
    shrunk.forEach(([a, p], at) => shrunk.slice(at + 1).forEach(([b, q]) => {
      const meet = p.left < q.right - 1 && q.left < p.right - 1 && p.top < q.bottom - 1 && q.top < p.bottom - 1;
      if (meet && !a.contains(b) && !b.contains(a)) found.push(`covers: ${name(a)} and ${name(b)}`);
    }));
  }

  const targets = [...root.querySelectorAll("button, a, input")].filter((node) => node.getClientRects().length);
  for (const node of targets) {
    const { width, height } = node.getBoundingClientRect();
    if (width < TARGET || height < TARGET) found.push(`small: ${name(node)} ${width}x${height}`);
  }
  const boxes = (nodes, boxOf) => nodes.map((node) => [node, seen(boxOf(node), node)]).filter(([, box]) => box);
  eachPair(boxes(targets, (node) => node.getBoundingClientRect()), 0);

  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) if (walker.currentNode.data.trim()) texts.push(walker.currentNode);
  const range = document.createRange();
  const boxOf = (node) => (range.selectNodeContents(node), range.getBoundingClientRect());
  const written = texts.filter((node) => boxOf(node).width > 0);
  for (const node of written) {
    const size = parseFloat(getComputedStyle(node.parentElement).fontSize);
    if (size < LETTERS) found.push(`letters: ${name(node)} ${size}px`);
    const { left, right } = boxOf(node);
    const holder = node.parentElement.closest("button, li, p, h1, h2, h3, dd, dt, header, main").getBoundingClientRect();
    if (left < holder.left - 1 || right > holder.right + 1 || left < 0 || right > innerWidth) found.push(`cut: ${name(node)}`);
  }
  for (const node of targets) if (node.scrollHeight > node.clientHeight + 6 && node.nodeName === "BUTTON") found.push(`cut: ${name(node)}`);
  eachPair(boxes(written, boxOf), 0.25); // a line's box is taller than its letters
  return [...new Set(found)];
}
