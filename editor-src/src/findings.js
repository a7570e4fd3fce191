// Findings of the checker as underlines. The server counts lines and columns from 1, columns in
// code points; CodeMirror counts UTF-16 units from 0.
import { setDiagnostics } from "@codemirror/lint";

const SEVERITY = { error: "error", warning: "warning", hint: "info" };

/** CodeMirror's place of a line and column of the server. */
export function offset(doc, line, column) {
  const at = doc.line(Math.max(1, Math.min(line, doc.lines)));
  let units = 0;
  let left = column - 1;
  for (const point of at.text) {
    if (left-- <= 0) break;
    units += point.length;
  }
  return at.from + units;
}

/**
 * Where `findings`, which are about the text `checked`, are now; `since` are the edits made after
 * it. Those whose text is gone are left out.
 */
export function marksOf(findings, checked, since) {
  const marks = [];
  for (const finding of findings) {
    const [from, to] = visible(
      checked,
      offset(checked, finding.line, finding.column),
      offset(checked, finding.end_line, finding.end_column),
    );
    const now = [since.mapPos(from, 1), since.mapPos(to, -1)];
    if (now[0] > now[1] || (now[0] === now[1] && from !== to)) continue;
    const mend = finding.fix ? mending(finding.fix, checked, since) : null;
    marks.push({ finding, from: now[0], to: now[1], mend });
  }
  return marks;
}

/** Moves the marks along with an edit. */
export function moveMarks(marks, changes) {
  for (const mark of marks) {
    mark.from = changes.mapPos(mark.from, 1);
    mark.to = Math.max(mark.from, changes.mapPos(mark.to, -1));
    if (mark.mend) moveMend(mark.mend, changes);
  }
}

/** Underlines the marks. */
export function underline(view, marks) {
  const diagnostics = marks.map((mark) => ({
    from: mark.from,
    to: mark.to,
    severity: SEVERITY[mark.finding.severity] ?? "info",
    source: mark.finding.code,
    message: mark.finding.message,
    markClass: `amc-${mark.finding.severity}`,
    actions: mark.mend ? [{ name: mark.finding.fix.title, apply: (at) => applyMend(at, mark.mend) }] : [],
  }));
  view.dispatch(setDiagnostics(view.state, diagnostics));
}

/** Makes the fix; one step back undoes it. False when the text there is no longer what it mends. */
export function applyMend(view, { from, expected, insert }) {
  const to = from + expected.length;
  if (view.state.sliceDoc(from, to) !== expected) return false;
  const after = from + insert.length;
  view.dispatch({
    changes: { from, to, insert },
    selection: { anchor: after },
    scrollIntoView: true,
    userEvent: "input.fix",
  });
  return true;
}

/** An empty place is widened by one character, so that there is something to underline. */
function visible(doc, from, to) {
  if (to > from) return [from, to];
  const line = doc.lineAt(from);
  if (from < line.to) return [from, from + 1];
  return from > line.from ? [from - 1, from] : [from, from];
}

function mending(fix, checked, since) {
  const start = offset(checked, fix.start_line, fix.start_column);
  const end = offset(checked, fix.end_line, fix.end_column);
  const mend = { from: start, expected: checked.sliceString(start, end), insert: fix.replacement };
  return moveMend(mend, since);
}

function moveMend(mend, changes) {
  mend.from = changes.mapPos(mend.from, mend.expected ? 1 : -1);
  return mend;
}
