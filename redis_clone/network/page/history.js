// What was seen while the server was halted, one state for each step, to be looked at again.
//
// Looking back changes nothing in the server: the panels are drawn from what they were drawn from before.

const MOST_STATES = 100;

export class History {
  constructor() {
    this.states = [];
    this.at = null; // the number of the state that is shown; null: the newest, as it comes
  }

  // Keeps what is known now.  The parts of a state are replaced and never changed, so a shallow copy is enough.
  record(state, isStep) {
    if (isStep || !this.states.length) this.states.push({ ...state });
    else this.states[this.states.length - 1] = { ...state };
    while (this.states.length > MOST_STATES && !this.isBack) this.states.shift();
  }

  clear() {
    this.states = [];
    this.at = null;
  }

  get isBack() {
    return this.at !== null;
  }

  back() {
    this.at = Math.max(0, (this.at ?? this.states.length - 1) - 1);
  }

  forward() {
    if (this.isBack) this.at = this.at + 1 < this.states.length - 1 ? this.at + 1 : null;
  }

  // The state to be drawn: an earlier one, or what is now.
  shown(state) {
    return this.isBack ? { ...this.states[this.at], place: state.place } : state;
  }

  // "3 of 8", for the head of the page.
  toString() {
    return `${(this.at ?? this.states.length - 1) + 1} of ${this.states.length}`;
  }
}
