"use strict";

// Solves a zero-sum game: rows minimise what they pay, columns maximise it.
// `payoff` is an array of rows. Returns the value and both mixtures.
// Dantzig's linear program on a condensed tableau; after many steps, Bland's rule, which cannot cycle.
function solveGame(payoff) {
  const EPS = 1e-11;
  const n = payoff.length;
  const m = payoff[0].length;
  const lowest = Math.min(...payoff.map((row) => Math.min(...row)));
  // With all payoffs at least 1: maximise Σx where Σ x_i B_ij ≤ 1 for every column j.
  const table = [];
  for (let j = 0; j < m; j++) {
    table.push([...payoff.map((row) => row[j] - lowest + 1), 1]);
  }
  table.push([...new Array(n).fill(-1), 0]);
  const outside = Array.from({ length: n }, (_, i) => i);
  const basis = Array.from({ length: m }, (_, j) => n + j);

  for (let step = 0; ; step++) {
    const entering = chooseColumn(table[m], outside, step > 50 * (n + m), EPS);
    if (entering < 0) {
      break;
    }
    pivot(table, chooseRow(table, basis, entering, EPS), entering);
  }

  function pivot(rows, r, s) {
    const by = rows[r][s];
    const width = n + 1;
    for (let i = 0; i < width; i++) {
      if (i !== s) {
        rows[r][i] /= by;
      }
    }
    for (let j = 0; j <= m; j++) {
      const factor = rows[j][s];
      if (j === r || factor === 0) {
        continue;
      }
      for (let i = 0; i < width; i++) {
        if (i !== s) {
          rows[j][i] -= factor * rows[r][i];
        }
      }
      rows[j][s] = -factor / by;
    }
    rows[r][s] = 1 / by;
    [basis[r], outside[s]] = [outside[s], basis[r]];
  }

  const user = new Array(n).fill(0);
  const recogniser = new Array(m).fill(0);
  basis.forEach((name, j) => {
    if (name < n) {
      user[name] = Math.max(table[j][n], 0);
    }
  });
  outside.forEach((name, i) => {
    if (name >= n) {
      recogniser[name - n] = Math.max(table[m][i], 0);
    }
  });
  return { value: 1 / table[m][n] - 1 + lowest, user: normal(user), recogniser: normal(recogniser) };

  function normal(mixture) {
    const sum = mixture.reduce((a, b) => a + b, 0);
    return mixture.map((p) => p / sum);
  }
}

function chooseColumn(costs, outside, byName, eps) {
  let found = -1;
  for (let i = 0; i < outside.length; i++) {
    if (costs[i] < -eps) {
      const better = byName ? outside[i] < outside[found] : costs[i] < costs[found];
      if (found < 0 || better) {
        found = i;
      }
    }
  }
  return found;
}

function chooseRow(table, basis, column, eps) {
  const last = table[0].length - 1;
  let found = -1;
  let least = Infinity;
  for (let j = 0; j < basis.length; j++) {
    if (table[j][column] > eps) {
      const ratio = table[j][last] / table[j][column];
      if (ratio < least - eps || (ratio <= least + eps && basis[j] < basis[found])) {
        found = j;
        least = Math.min(least, ratio);
      }
    }
  }
  return found;
}
