import { element, swatch, NO_NETGROUP } from '/elements.js';

const MARKS = { both: '↔', to: '→', from: '←', undecided: '?' };

// The hosts with their containers. What is there already is changed, not made anew: focus and pointer stay where they are.
export class Hosts {
  #root;
  #hosts = new Map(); // Name to {box, title, list}.
  #containers = new Map(); // Id to {button, container}.

  constructor(root) {
    this.#root = root;
  }

  show(view, netgroupName) {
    const first = this.#hosts.size === 0;
    const gone = new Set(this.#containers.keys());
    const hosts = [];
    for (const host of view.hosts) {
      const { box, title, list } = this.#host(host.name);
      box.classList.toggle('here', host.name === view.node);
      title.replaceChildren(
        element('h3', '', host.name || 'no host'),
        element('small', '', [...host.addresses, count(host.containers.length, 'container')].join(' · ')));
      const buttons = host.containers.map(container => {
        gone.delete(container.id);
        return this.#button(container, netgroupName, first);
      });
      replace(list, buttons.length ? buttons : [element('p', 'nothing', 'no containers')]);
      hosts.push(box);
    }
    for (const id of gone) {
      this.#containers.delete(id);
    }
    const names = new Set(view.hosts.map(host => host.name));
    for (const name of this.#hosts.keys()) {
      if (!names.has(name)) {
        this.#hosts.delete(name);
      }
    }
    replace(this.#root, hosts.length ? hosts : [element('p', 'nothing', 'no hosts yet: calico-mesos init makes them')]);
  }

  #host(name) {
    if (!this.#hosts.has(name)) {
      const title = element('header');
      const list = element('div', 'containers');
      const box = element('section', 'host', title, list);
      box.setAttribute('aria-label', 'host ' + name);
      this.#hosts.set(name, { box, title, list });
    }
    return this.#hosts.get(name);
  }

  #button(container, netgroupName, first) {
    let known = this.#containers.get(container.id);
    const now = JSON.stringify(container);
    if (!known) {
      const button = element('button', first ? 'container' : 'container new');
      button.type = 'button';
      button.tabIndex = -1;
      button.dataset.id = container.id;
      known = { button };
      this.#containers.set(container.id, known);
    }
    if (known.was !== now) {
      const names = container.netgroups.filter(each => each !== NO_NETGROUP).map(netgroupName);
      known.was = now;
      known.container = container;
      known.words = [container.id, ...container.addresses, ...names].join(' ').toLowerCase();
      known.button.setAttribute('aria-label', container.name + ', ' + container.addresses.join(' and ')
        + (names.length ? ', in the netgroups ' + names.join(', ') : ', in no netgroup'));
      known.button.replaceChildren(
        element('span', 'bars', ...container.netgroups.map(swatch)), element('span', 'name', container.name),
        element('span', 'mark'), element('span', 'address', container.addresses.join(' ')));
    }
    return known.button;
  }

  find(text) {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    for (const { button, words: its } of this.#containers.values()) {
      button.hidden = !words.every(word => its.includes(word));
    }
  }

  container(id) {
    return this.#containers.get(id)?.container;
  }

  button(id) {
    return this.#containers.get(id)?.button;
  }

  holderOf(address) {
    return [...this.#containers.values()].find(each => each.container.addresses.includes(address))?.container.id;
  }

  // The chosen one, and of all others how they stand to it: to, from, both or undecided.
  mark(chosen, kept, reach) {
    const to = new Set(reach?.to);
    const from = new Set(reach?.from);
    const undecided = new Set(reach?.undecided);
    for (const [id, { button }] of this.#containers) {
      const how = to.has(id) && from.has(id) ? 'both' : to.has(id) ? 'to' : from.has(id) ? 'from' : undecided.has(id) ? 'undecided' : '';
      set(button, chosen === id, kept, Boolean(how), Boolean(reach) && !how && chosen !== id, MARKS[how] ?? '');
      button.dataset.reach = how;
    }
  }

  // The members of a netgroup.
  light(profile) {
    for (const { button, container } of this.#containers.values()) {
      const isIn = profile && container.netgroups.includes(profile);
      set(button, false, false, Boolean(isIn), Boolean(profile) && !isIn, '');
      button.dataset.reach = '';
    }
  }
}

function set(button, chosen, kept, lit, dim, mark) {
  button.classList.toggle('chosen', chosen);
  button.classList.toggle('kept', chosen && kept);
  button.classList.toggle('lit', lit);
  button.classList.toggle('dim', dim);
  button.setAttribute('aria-pressed', String(chosen && kept));
  const old = button.querySelector('.mark');
  if (old.textContent !== mark) {
    old.textContent = mark;
  }
}

export function count(number, word) {
  return `${number.toLocaleString('en')} ${word}${number === 1 ? '' : 's'}`;
}

function replace(parent, children) {
  if (parent.childNodes.length !== children.length || children.some((each, i) => parent.childNodes[i] !== each)) {
    const focused = parent.contains(document.activeElement) ? document.activeElement : null;
    parent.replaceChildren(...children);
    if (focused?.isConnected) {
      focused.focus({ preventScroll: true });
    }
  }
}
