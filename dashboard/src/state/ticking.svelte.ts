/** The one ticking clock of the page. Only what must count seconds reads it; tables take the time of their data. */

class Ticking {
  now = $state(Date.now());

  /** Starts ticking every second; returns how to stop. */
  start(): () => void {
    const timer = setInterval(() => {
      this.now = Date.now();
    }, 1000);
    return () => clearInterval(timer);
  }
}

export const ticking = new Ticking();
