// Where the middle of an element is, once it has been at the same place for three frames and a mouse would hit it.
(find, name) => new Promise((done, fail) => {
  const until = Date.now() + 30000;
  let was = "", frames = 0, why = "is not there";
  const look = () => {
    const e = find();
    const box = e?.getBoundingClientRect();
    if (box && box.width > 0 && box.height > 0) {
      const x = box.left + box.width / 2, y = box.top + box.height / 2;
      const hit = document.elementFromPoint(x, y);
      const reached = hit && (e === hit || e.contains(hit));
      const now = [x, y, box.width, box.height].join();
      frames = reached && now === was ? frames + 1 : 0;
      was = now;
      if (frames === 2) return done([x, y]);
      why = reached ? "does not stand still" : `lies under ${hit?.outerHTML.slice(0, 120) ?? "the window"}`;
      if (!reached) e.scrollIntoView({ block: "center", behavior: "instant" });
    }
    if (Date.now() > until) return fail(new Error(`cannot click: ${name} ${why}`));
    requestAnimationFrame(look);
  };
  look();
})
