// A hue for each name, far from those of the names before it, and the same as long as the page is open.
const given = new Map();

export const NO_NETGROUP = 'calico-mesos-no-netgroup';

export function swatch(name) {
  const element = document.createElement('i');
  element.className = 'swatch';
  element.setAttribute('aria-hidden', 'true');
  if (name === NO_NETGROUP) {
    element.classList.add('none');
    return element;
  }
  if (!given.has(name)) {
    given.set(name, (255 + given.size * 137.508) % 360); // By the golden angle.
  }
  element.style.setProperty('--hue', given.get(name).toFixed(1));
  return element;
}

// An element with a class and children. Strings become text, never HTML: names are whatever frameworks send.
export function element(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) {
    made.className = className;
  }
  made.append(...children);
  return made;
}
