import { element, swatch } from '/elements.js';

// The last launches and cleanups of this host, as its module tells them.
export class Recent {
  #root;
  #was = '';

  constructor(root) {
    this.#root = root;
  }

  show(node, module) {
    const now = JSON.stringify(module);
    if (now === this.#was) {
      return;
    }
    this.#was = now;
    if (module.error || !module.recent.length) {
      this.#root.replaceChildren(element('p', 'nothing', module.error ?? `none yet on ${node}`));
      return;
    }
    const slowest = Math.max(...module.recent.map(each => each.totalMs));
    const table = element('table', '', element('caption', '', `On ${node}, the latest first; times in milliseconds`), element('thead', '', element('tr', '',
      ...['Ended', 'What', 'Container', 'Addresses', 'Total', 'Steps', ''].map(heading))),
      element('tbody', '', ...module.recent.map(each => row(each, slowest))));
    this.#root.replaceChildren(element('div', 'scroll', table));
    this.#root.firstChild.tabIndex = 0;
    this.#root.firstChild.setAttribute('role', 'region');
    this.#root.firstChild.setAttribute('aria-labelledby', 'recent-title');
  }
}

function heading(text) {
  const made = element('th', '', text);
  made.scope = 'col';
  return made;
}

function row(recent, slowest) {
  const ended = element('time', '', new Date(recent.ended).toLocaleTimeString());
  ended.dateTime = recent.ended;
  ended.title = recent.ended;
  const text = recent.error ?? recent.steps.map(each => `${each.name} ${each.ms}`).join(', ');
  const bar = element('div', 'steps', ...recent.steps.map(each => {
    const part = swatch('step ' + each.name);
    part.style.width = `${each.ms / slowest * 100}%`;
    part.title = `${each.name} ${each.ms} ms`;
    return part;
  }));
  bar.setAttribute('aria-hidden', 'true');
  return element('tr', '', element('td', '', ended), element('td', '', recent.what), element('td', '', recent.container),
    element('td', '', recent.addresses.join(' ')), element('td', 'ms', recent.totalMs.toFixed(1)),
    element('td', recent.error ? 'failed' : '', text), element('td', '', bar));
}
