// Findings of the checker as underlines. The server counts lines and columns from 1, columns in
// code points; CodeMirror counts UTF-16 units from 0.
import { setDiagnostics } from "@codemirror/lint";

const SEVERITY = { error: "error", warning: "warning", hint: "info" };

function offset(doc, line, column) {
  const at = doc.line(Math.max(1, Math.min(line, doc.lines)));
  let units = 0;
  let left = column - 1;
  for (const point of at.text) {
    if (left-- <= 0) break;
    units += point.length;
  }
  return at.from + units;
}

/** Draws `findings`, which are about the text `checked`; `since` are the edits made after it. */
export function drawFindings(view, findings, checked, since) {
  const diagnostics = [];
  for (const finding of findings) {
    const [from, to] = visible(
      checked,
      offset(checked, finding.line, finding.column),
      offset(checked, finding.end_line, finding.end_column),
    );
    const now = [since.mapPos(from, 1), since.mapPos(to, -1)];
    if (now[0] > now[1] || (now[0] === now[1] && from !== to)) continue;
    diagnostics.push({
      from: now[0],
      to: now[1],
      severity: SEVERITY[finding.severity] ?? "info",
      source: finding.code,
      message: finding.message,
      markClass: `amc-${finding.severity}`,
      actions: finding.fix ? [action(finding.fix, checked, from)] : [],
    });
  }
  view.dispatch(setDiagnostics(view.state, diagnostics));
}

/** An empty place is widened by one character, so that there is something to underline. */
function visible(doc, from, to) {
  if (to > from) return [from, to];
  const line = doc.lineAt(from);
  if (from < line.to) return [from, from + 1];
  return from > line.from ? [from - 1, from] : [from, from];
}

function action(fix, checked, anchor) {
  const start = offset(checked, fix.start_line, fix.start_column);
  const end = offset(checked, fix.end_line, fix.end_column);
  const expected = checked.sliceString(start, end);
  return {
    name: fix.title,
    apply(view, from) {
      // The text may have moved since it was checked: only what the fix is about is replaced.
      const at = from + start - anchor;
      if (at < 0 || view.state.sliceDoc(at, at + expected.length) !== expected) return;
      view.dispatch({ changes: { from: at, to: at + expected.length, insert: fix.replacement }, userEvent: "input.fix" });
    },
  };
}
