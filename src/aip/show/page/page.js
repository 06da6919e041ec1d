"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const loading = new Map(); // by user strategy, the promise of its heads

function make(tag, attributes, ...children) {
  const found = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    found.setAttribute(key, value);
  }
  found.append(...children);
  return found;
}

const name = (text) => make("bdi", {}, text);

// As the table is written: an exact half goes to the even digit, where toFixed goes up.
function percent(fraction, digits = 1) {
  const value = 100 * fraction;
  const up = value.toFixed(digits);
  const half = (value * 2 ** (digits + 1)) % 2 === 1;
  return half && Number(up.at(-1)) % 2 ? (value - 10 ** -digits / 2).toFixed(digits) : up;
}

// The table: move with the arrows, see a cell's numbers, open its heads.

function prepare(section) {
  const game = data.games[Number(section.dataset.game)];
  const table = section.querySelector("table.payoff");
  const cells = [...table.tBodies[0].rows].map((row) => [...row.cells].slice(1, 1 + game.recogniser.length));
  const place = new Map();
  cells.forEach((row, i) => row.forEach((cell, j) => place.set(cell, [i, j])));
  cells[0][0].tabIndex = 0;
  const of = (event) => place.get(event.target.closest("td"));
  const look = (event) => of(event) && describe(section, game, ...of(event));
  table.addEventListener("mouseover", look);
  table.addEventListener("focusin", (event) => {
    if (look(event) !== undefined) {
      return;
    }
    table.querySelector("td[tabindex='0']").tabIndex = -1;
    event.target.tabIndex = 0;
  });
  table.addEventListener("click", (event) => of(event) && open(game, ...of(event)));
  table.addEventListener("keydown", (event) => {
    const at = of(event);
    if (!at) {
      return;
    }
    const [i, j] = at;
    const to = {
      ArrowUp: [i - 1, j], ArrowDown: [i + 1, j], ArrowLeft: [i, j - 1], ArrowRight: [i, j + 1],
      Home: [i, 0], End: [i, game.recogniser.length - 1],
    }[event.key];
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      open(game, i, j);
    } else if (to) {
      event.preventDefault();
      cells[to[0]]?.[to[1]]?.focus();
    }
  });
  if (game.value !== null) {
    switches(section, game, table, cells);
  }
}

function describe(section, game, i, j) {
  const readout = section.querySelector(".readout");
  const said = [name(rowName(game, i, j)), " met by ", name(game.recogniser[j]), ": "];
  said.push(make("strong", {}, `${percent(game.rates[i][j])} % ${game.verb}`));
  if (game.counts) {
    const [low, high] = game.counts.intervals[i][j];
    said.push(`, 95 % interval ${percent(low)}–${percent(high)} %: ${game.counts.recognised[i][j]} of `);
    said.push(`${game.counts.heads[i][j]} heads.`);
  }
  if (game.opens) {
    said.push(make("span", { class: "soft" }, " Click or press Enter to see heads."));
  }
  readout.replaceChildren(...said);
}

const rowName = (game, i, j) => (game.users ? game.users[i][j] : game.user[i]);

// Strategies switched off: the equilibrium that is left.

function switches(section, game, table, cells) {
  const boxes = {
    user: [...table.querySelectorAll("input[data-row]")],
    recogniser: [...table.querySelectorAll("input[data-column]")],
  };
  const rows = [...table.tBodies[0].rows];
  const left = (side) => boxes[side].flatMap((box, n) => (box.checked ? [n] : []));
  const again = section.querySelector("button.again");
  const solve = () => {
    const [user, recogniser] = [left("user"), left("recogniser")];
    const whole = user.length === rows.length && recogniser.length === game.recogniser.length;
    again.hidden = whole;
    rows.forEach((row, i) => row.classList.toggle("off", !boxes.user[i].checked));
    boxes.recogniser.forEach((box, j) => {
      for (const cell of [box.closest("th"), ...cells.map((row) => row[j]), mixtureCells(table, "recogniser")[j]]) {
        cell.classList.toggle("off", !box.checked);
      }
    });
    if (!user.length || !recogniser.length) {
      section.querySelector(".left").textContent = "Leave at least one strategy on each side.";
      return;
    }
    show(section, game, table, whole ? game : without(game, user, recogniser), whole);
  };
  for (const box of [...boxes.user, ...boxes.recogniser]) {
    box.addEventListener("change", solve);
    box.disabled = false;
  }
  again.addEventListener("click", () => {
    [...boxes.user, ...boxes.recogniser].forEach((box) => (box.checked = true));
    solve();
  });
}

const mixtureCells = (table, side) => [...table.querySelectorAll(`td.mix[data-side="${side}"]`)];

function without(game, user, recogniser) {
  const charge = game.charge ?? { user: game.user.map(() => 0), recogniser: game.recogniser.map(() => 0) };
  const payoff = user.map((i) =>
    recogniser.map((j) => game.rates[i][j] + charge.user[i] - charge.recogniser[j]),
  );
  const found = solveGame(payoff);
  const spread = (length, kept, mixture) => {
    const all = new Array(length).fill(0);
    kept.forEach((n, at) => (all[n] = mixture[at]));
    return all;
  };
  const met = recogniser.map((j) => user.reduce((sum, i, at) => sum + found.user[at] * game.rates[i][j], 0));
  return {
    value: Math.max(...met),
    mixtures: {
      user: spread(game.user.length, user, found.user),
      recogniser: spread(game.recogniser.length, recogniser, found.recogniser),
    },
  };
}

function show(section, game, table, found, whole) {
  for (const [side, mixture] of Object.entries(found.mixtures)) {
    mixtureCells(table, side).forEach((cell, n) => {
      const p = mixture[n] < 1e-9 ? 0 : mixture[n];
      cell.dataset.p = p;
      const shown = p ? [p.toFixed(4), make("meter", { min: 0, max: 1, value: p, "aria-hidden": "true" })] : ["–"];
      cell.replaceChildren(...shown);
    });
  }
  const value = table.querySelector("td.value");
  value.dataset.value = found.value;
  value.querySelector("span").textContent = `${percent(found.value, 2)} %`;
  section.querySelector(".left").textContent = whole
    ? ""
    : `With these strategies alone: recognised in at most ${percent(found.value, 2)} % of heads, ` +
      `in the whole game ${percent(game.value, 2)} %. Solved here, in sample.`;
}

// A cell's heads.

function load(user) {
  if (!loading.has(user)) {
    loading.set(user, new Promise((done, failed) => {
      const script = make("script", { src: `heads/${encodeURIComponent(user)}/cells.js` });
      script.addEventListener("error", failed);
      waiting.set(user, done);
      document.head.append(script);
    }));
  }
  return loading.get(user);
}

const waiting = new Map();

function aipHeads(found) {
  waiting.get(found.user)(found);
}

const dialog = document.getElementById("cell");

async function open(game, i, j) {
  const [user, recogniser] = [rowName(game, i, j), game.recogniser[j]];
  const body = dialog.querySelector(".body");
  dialog.querySelector("h2").replaceChildren(name(user), " met by ", name(recogniser));
  const summary = make("div", { class: "readout" });
  const section = make("div", {}, summary);
  describe(section, { ...game, opens: false }, i, j);
  body.replaceChildren(section);
  if (!dialog.open) {
    dialog.showModal();
  }
  if (!game.opens) {
    return;
  }
  try {
    const found = await load(user);
    body.append(...headsOf(game, i, j, found));
  } catch {
    body.append(make("p", { role: "alert" }, `The heads are missing: expected heads/${user}/cells.js beside this page.`));
  }
}

dialog.querySelector("button").addEventListener("click", () => dialog.close());
dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());

function headsOf(game, i, j, found) {
  const [user, recogniser] = [rowName(game, i, j), game.recogniser[j]];
  const cell = found.cells[recogniser];
  const counts = (place, n) => (game.outcomes ? game.outcomes[i][j][n] === "1" : place < game.rank);
  const recognised = cell.place.map((place, n) => (game.judged ? counts(place, n) : null));
  const outcome = make("select", {}, new Option("all", ""), new Option(game.verb, "1"), new Option(`not ${game.verb}`, "0"));
  outcome.disabled = !game.judged;
  const people = [...new Set(found.who)].sort((a, b) => (found.people[a] < found.people[b] ? -1 : 1));
  const person = make("select", {}, new Option("everyone", ""), ...people.map((who) => new Option(found.people[who], who)));
  const count = make("p", { role: "status", class: "soft" });
  const list = make("ul", { class: "heads" });
  const refresh = () => {
    const kept = found.ids.flatMap((_, n) => {
      const right = outcome.value === "" || recognised[n] === (outcome.value === "1");
      return right && (person.value === "" || found.who[n] === Number(person.value)) ? [n] : [];
    });
    const about = data.users[user];
    count.textContent = `Shown: ${kept.length} heads that match, among the first ${found.ids.length} of ${about.heads}, which are spread over the people.`;
    list.replaceChildren(...kept.map((n) => head(found, cell, user, n, verdict(game, recognised[n]))));
  };
  outcome.addEventListener("change", refresh);
  person.addEventListener("change", refresh);
  refresh();
  const [fingerprint, commit, seconds] = cell.made;
  const path = `${data.results}/cells/${user}/${recogniser}.h5`;
  const made = make("details", {},
    make("summary", {}, "How this cell is made again"),
    make("p", {}, make("code", {}, data.again.replace("FILE", path))),
    make("p", { class: "soft" }, `Fingerprint ${fingerprint}; commit ${commit || "unknown"}; it took ${seconds} s.`));
  const filters = make("div", { class: "filters" },
    make("label", {}, "Outcome ", outcome), make("label", {}, "Person ", person));
  return [made, filters, count, list];
}

function verdict(game, recognised) {
  if (recognised === null) {
    return [];
  }
  const said = recognised ? `✓ ${game.verb}: ` : `✗ not ${game.verb}: `;
  return [make("strong", { class: recognised ? "right" : "wrong" }, said)];
}

function head(found, cell, user, n, judged) {
  const who = found.people[found.who[n]];
  const seen = data.kinds[cell.kind] + (cell.draws > 1 ? `, 1 of ${cell.draws} draws` : "");
  const stages = [["clean", "clean"], ["published", "published"], ["difference", "difference × 8"], [`seen-${cell.seen}`, `recogniser saw (${seen})`]];
  const four = stages.map(([file, said]) =>
    make("span", {}, thumb(found, user, file, n, `${said}, head ${found.ids[n]} of ${who}`), make("small", {}, said)));
  const said = make("p", {}, ...judged, name(who));
  if (cell.taken[n] < 0) {
    said.append(", not looked at: no face was found");
  } else {
    said.append(", taken for ", name(found.people[cell.taken[n]]), ` (score ${cell.score[n]})`);
    if (cell.place[n] > 0) {
      said.append(`; own score ${cell.own[n]}, place ${cell.place[n] + 1}`);
    }
  }
  said.append(`. SSIM ${found.ssim[n]}.`);
  return make("li", {}, make("div", { class: "four" }, ...four), said);
}

function thumb(found, user, file, n, label) {
  const box = make("span", { class: "thumb", role: "img", "aria-label": label });
  const at = (place, many) => (many > 1 ? (100 * place) / (many - 1) : 0);
  box.style.backgroundImage = `url("heads/${encodeURIComponent(user)}/${file}.webp")`;
  box.style.backgroundSize = `${100 * found.columns}% ${100 * found.rows}%`;
  box.style.backgroundPosition = `${at(n % found.columns, found.columns)}% ${at(Math.floor(n / found.columns), found.rows)}%`;
  return box;
}

document.querySelectorAll("section[data-game]").forEach(prepare);
