import { element } from '/elements.js';
import { count } from '/hosts.js';

const SVG = 'http://www.w3.org/2000/svg';

// The pools with their blocks: a cell for each address, drawn as one path for each kind.
export class Addresses {
  #root;
  #point;
  #was = '';
  #cells = new Map(); // Address to {path, x, y}.
  #chosen = [];

  // point: called with the address that the pointer is at, or null.
  constructor(root, point) {
    this.#root = root;
    this.#point = point;
  }

  show(pools) {
    const now = JSON.stringify(pools);
    if (now === this.#was) {
      return;
    }
    this.#was = now;
    this.#cells.clear();
    this.#root.replaceChildren(...pools.map(pool => this.#pool(pool)));
    if (!pools.length) {
      this.#root.append(element('p', 'nothing', 'no pools yet: calico-mesos init makes one'));
    }
    this.choose(this.#chosen);
  }

  #pool(pool) {
    const used = pool.blocks.reduce((sum, each) => sum + each.used.length, 0);
    const size = pool.blocks.reduce((sum, each) => sum + each.size, 0);
    const about = [pool.cidr, pool.disabled ? 'disabled' : '', count(pool.blocks.length, 'block'), `${used} of ${size} addresses used`]
      .filter(Boolean).join(' · ');
    const blocks = pool.blocks.map(each => this.#block(each));
    return element('div', 'pool', element('h3', '', pool.name ?? 'in no pool', ' ', element('small', '', about)),
      element('div', 'blocks', ...(blocks.length ? blocks : [element('p', 'nothing', 'no host has taken a block')])));
  }

  #block(block) {
    const columns = Math.ceil(Math.sqrt(block.size));
    const picture = svg('svg', { viewBox: `0 0 ${columns} ${Math.ceil(block.size / columns)}`, role: 'img' });
    picture.setAttribute('aria-label', `${block.cidr} of ${block.host ?? 'no host'}: ${block.used.length} of ${block.size} addresses used`);
    const path = at => `M${at % columns + .08} ${Math.floor(at / columns) + .08}h.84v.84h-.84z`;
    const held = new Map(block.used.map(each => [each.at, each]));
    const free = Array.from({ length: block.size }, (none, at) => at).filter(at => !held.has(at));
    picture.append(
      svg('path', { class: 'free', d: free.map(path).join('') }),
      svg('path', { class: 'used', d: block.used.filter(each => !each.lent).map(each => path(each.at)).join('') }),
      svg('path', { class: 'lent', d: block.used.filter(each => each.lent).map(each => path(each.at)).join('') }));
    const chosen = svg('path', { class: 'chosen' });
    picture.append(chosen);
    block.used.forEach(each => this.#cells.set(each.address, { chosen, d: path(each.at) }));
    picture.addEventListener('pointermove', event => {
      const cell = picture.getBoundingClientRect();
      const at = Math.floor((event.clientY - cell.top) / cell.width * columns) * columns
        + Math.floor((event.clientX - cell.left) / cell.width * columns);
      this.#point(held.get(at)?.address ?? null);
    });
    picture.addEventListener('pointerleave', () => this.#point(null));
    return element('figure', 'block', picture,
      element('figcaption', '', element('b', '', block.cidr), `${block.host ?? 'nobody'}'s · ${block.used.length} of ${block.size} used`));
  }

  // Those of the chosen container.
  choose(addresses) {
    this.#chosen = addresses;
    this.#root.querySelectorAll('path.chosen').forEach(each => each.removeAttribute('d'));
    for (const { chosen, d } of addresses.map(each => this.#cells.get(each)).filter(Boolean)) {
      chosen.setAttribute('d', (chosen.getAttribute('d') ?? '') + d);
    }
  }
}

function svg(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  Object.entries(attributes).forEach(([name, value]) => made.setAttribute(name, value));
  return made;
}
