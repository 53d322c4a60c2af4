// What a reader made, kept in this browser so that a closed tab loses nothing. Never sent anywhere.
// Where a browser forbids storage (a private window, a page from disk) the figure works on, and keeps it while it is open.

const PREFIX = "softlabel:";

/** What was kept under a name, or `instead`. */
export function recall(name, instead) {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + name)) ?? instead;
  } catch {
    return instead;
  }
}

/** Keep a value; whether the browser did. */
export function keep(name, value) {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

export function forget(name) {
  try {
    localStorage.removeItem(PREFIX + name);
  } catch {
    // nothing was kept
  }
}
