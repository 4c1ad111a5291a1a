import { Addresses } from '/addresses.js';
import { element, swatch, NO_NETGROUP } from '/elements.js';
import { count, Hosts } from '/hosts.js';
import { Recent } from '/recent.js';

const LISTED = 30;
const SETTLE_MS = 40; // The pointer passes over many containers on its way to one.

const id = name => document.getElementById(name);
const hosts = new Hosts(id('hosts'));
const addresses = new Addresses(id('addresses'), address => point(address && hosts.holderOf(address)));
const recent = new Recent(id('recent'));

let view = null;
let names = new Map(); // Of netgroups, by profile.
let chosen = null; // A container's id.
let group = null; // Or a netgroup's profile.
let kept = false; // Whether it stays so until it is let go.
let reaches = new Map(); // By container and port; of this view alone.
let settling = 0;

const netgroupName = profile => profile === NO_NETGROUP ? 'no netgroup' : names.get(profile) ?? profile;

// ---- what etcd and the module tell ----

const events = new EventSource('/events');
events.onmessage = event => {
  view = JSON.parse(event.data);
  names = new Map(view.netgroups.map(each => [each.profile, each.name]));
  reaches = new Map();
  hosts.show(view, netgroupName);
  hosts.find(id('find').value);
  showNetgroups();
  addresses.show(view.pools);
  recent.show(view.node, view.module);
  const containers = view.hosts.reduce((sum, each) => sum + each.containers.length, 0);
  id('counts').textContent = [count(view.hosts.length, 'host'), count(containers, 'container'), count(view.netgroups.length, 'netgroup')].join(', ');
  say(view.following ? `live, enforcer ${view.enforcer}` : 'etcd does not answer: this is what it last said', !view.following);
  rove(id('hosts'), '.container');
  rove(id('netgroups'), '.netgroup');
  if (chosen && !hosts.container(chosen)) {
    letGo();
  } else {
    choose(chosen, group, kept);
  }
};
events.onerror = () => say('calico-mesos serve does not answer', true);

function say(text, away) {
  if (id('status').textContent !== text) {
    id('status').textContent = text;
  }
  id('status').classList.toggle('away', away);
}

function showNetgroups() {
  const old = new Map([...id('netgroups').children].map(each => [each.dataset.profile, each]));
  view.netgroups.forEach((each, i) => {
    let button = old.get(each.profile);
    old.delete(each.profile);
    if (!button) {
      button = element('button', 'netgroup', swatch(each.profile), element('span', 'name'), element('small'));
      button.type = 'button';
      button.tabIndex = -1;
      button.dataset.profile = each.profile;
    }
    button.querySelector('.name').textContent = netgroupName(each.profile);
    button.querySelector('small').textContent = each.members;
    button.setAttribute('aria-label', `${netgroupName(each.profile)}, ${count(each.members, 'member')}`);
    if (id('netgroups').children[i] !== button) {
      id('netgroups').insertBefore(button, id('netgroups').children[i] ?? null);
    }
  });
  old.forEach(each => each.remove());
}

// ---- what is chosen ----

function choose(container, profile, keep) {
  chosen = container;
  group = profile;
  kept = keep;
  for (const each of id('netgroups').children) {
    each.classList.toggle('kept', kept && each.dataset.profile === group);
    each.setAttribute('aria-pressed', String(kept && each.dataset.profile === group));
  }
  addresses.choose(hosts.container(chosen)?.addresses ?? []);
  if (chosen) {
    reach();
  } else {
    hosts.light(group);
    tell(null);
  }
}

function letGo() {
  choose(null, null, false);
}

async function reach() {
  const of = chosen;
  const port = id('port').checkValidity() && id('port').value || '80';
  const key = port + ' ' + of;
  const asked = reaches;
  if (!asked.has(key)) {
    hosts.mark(of, kept, null);
    const answer = await fetch(`/reach?${new URLSearchParams({ id: of, port })}`).catch(() => null);
    if (!answer?.ok) {
      return;
    }
    asked.set(key, await answer.json());
  }
  if (chosen === of && asked === reaches) {
    hosts.mark(of, kept, asked.get(key));
    tell(asked.get(key));
  }
}

function tell(reach) {
  const container = chosen && hosts.container(chosen);
  if (!container) {
    const netgroup = view?.netgroups.find(each => each.profile === group);
    id('details').replaceChildren(netgroup
      ? element('h3', '', 'Netgroup ', netgroupName(group), ' ', element('small', '', count(netgroup.members, 'member')))
      : element('p', 'nothing', 'Nothing is chosen.'));
    return;
  }
  const host = view.hosts.find(each => each.containers.some(its => its.id === chosen));
  const chips = container.netgroups.map(each => element('span', 'netgroup', swatch(each), netgroupName(each)));
  id('details').replaceChildren(
    element('h3', '', container.name, ' ', element('small', '', 'on ' + host.name)),
    element('p', '', container.addresses.join(', ')), element('div', 'names', ...chips),
    element('dl', '',
      ...list(`→ reaches ${reach.to.length} by TCP port ${reach.port}`, reach.to), ...list(`← is reached by ${reach.from.length}`, reach.from),
      ...(reach.undecided.length ? list(`? policies decide of ${reach.undecided.length}`, reach.undecided) : [])));
}

function list(title, ids) {
  const its = ids.slice(0, LISTED).map(each => hosts.container(each)?.name ?? each).join(', ');
  return [element('dt', '', title), element('dd', '', its + (ids.length > LISTED ? ` and ${ids.length - LISTED} more` : '') || 'nobody')];
}

// ---- pointer and keys ----

function point(container, profile = null) {
  clearTimeout(settling);
  if (!kept) {
    settling = setTimeout(() => choose(container || null, profile, false), SETTLE_MS);
  }
}

const at = target => ({ container: target.closest?.('.container')?.dataset.id ?? null, profile: target.closest?.('button.netgroup')?.dataset.profile ?? null });

for (const root of [id('hosts'), id('netgroups')]) {
  root.addEventListener('pointerover', event => point(at(event.target).container, at(event.target).profile));
  root.addEventListener('pointerleave', () => point(null));
  root.addEventListener('focusin', event => {
    rove(root, '.container, .netgroup', event.target);
    if (!kept && event.target.matches(':focus-visible')) {
      choose(at(event.target).container, at(event.target).profile, false);
    }
  });
  root.addEventListener('click', event => {
    const { container, profile } = at(event.target);
    if (container || profile) {
      const same = kept && container === chosen && profile === group;
      clearTimeout(settling);
      choose(container, profile, !same);
    }
  });
  root.addEventListener('keydown', event => move(root, event));
}

id('find').addEventListener('input', () => {
  hosts.find(id('find').value);
  rove(id('hosts'), '.container');
});
id('port').addEventListener('input', () => chosen && reach());
document.addEventListener('keydown', event => {
  if (event.key === 'Escape') {
    letGo();
  } else if (event.key === '/' && !event.target.closest('input')) {
    event.preventDefault();
    id('find').focus();
  }
});

// Of many buttons one is in the order of Tab; arrows lead from one to the other.
function rove(root, selector, to = null) {
  const all = [...root.querySelectorAll(selector)].filter(each => !each.hidden);
  const one = to ?? all.find(each => each.tabIndex === 0) ?? all[0];
  root.querySelectorAll(selector).forEach(each => {
    each.tabIndex = each === one ? 0 : -1;
  });
}

function move(root, event) {
  const all = [...root.querySelectorAll('button')].filter(each => !each.hidden);
  const here = all.indexOf(event.target);
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  let next = null;
  if (step) {
    next = all[here + step];
  } else if (event.key === 'Home' || event.key === 'End') {
    next = all.at(event.key === 'Home' ? 0 : -1);
  } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
    next = below(all, event.target, event.key === 'ArrowDown' ? 1 : -1);
  } else {
    return;
  }
  event.preventDefault();
  next?.focus();
}

// The nearest one in the next row, down (1) or up (-1).
function below(all, from, down) {
  const middle = each => {
    const box = each.getBoundingClientRect();
    return { x: box.left + box.width / 2, y: box.top + box.height / 2 };
  };
  const here = middle(from);
  let best = null;
  let least = Infinity;
  for (const each of all) {
    const there = middle(each);
    const rows = (there.y - here.y) * down;
    const far = rows + 3 * Math.abs(there.x - here.x);
    if (rows > 5 && far < least) {
      best = each;
      least = far;
    }
  }
  return best;
}

tell(null);
