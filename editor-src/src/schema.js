// The data sources that the server told of: kept for the page, whatever is drawn in it.

const known = new Map();

/** The schema under a hash; `text` is its JSON when the server sends it along. */
export function schemaOf({ hash, text }) {
  if (text && !known.has(hash)) known.set(hash, new Schema(JSON.parse(text)));
  return known.get(hash);
}

/** What each threshold means, in a few words and in full. */
export const THRESHOLDS = {
  NONE: ["always", "Always shown"],
  LOW: ["2 users", "Shown in rows of at least 2 users"],
  MEDIUM: ["100 users", "Shown in rows of at least 100 users"],
  HIGH: ["100 users", "Shown in rows of at least 100 users; no filter by a literal"],
  VERY_HIGH: ["never", "Never shown: count it, or use it in joins"],
  INTERNAL: ["never", "Never shown: for Amazon's own use"],
};

class Schema {
  constructor(told) {
    this.keywords = told.keywords;
    this.types = told.types;
    this.functions = new Map(told.functions.map(([name, kind, signature, meaning, least]) => [
      name.toUpperCase(), { name, kind, signature, meaning, least },
    ]));
    this.instances = told.instances;
    this.unasked = told.unasked;
    this.sources = new Map();
    for (const row of told.sources) this.sources.set(row.name.toLowerCase(), this.source(row));
  }

  /** A data source; a twin has the columns of the one it names. */
  source(row) {
    const columns = typeof row.columns === "string"
      ? this.sources.get(row.columns).columns
      : row.columns.map(([name, type, threshold, unit, description, role, values]) => (
        { name, type, threshold, unit, description, role, values: values ?? [] }
      ));
    return { ...row, columns };
  }

  columns(name) {
    return this.sources.get(name)?.columns;
  }

  /** On how many of the instances that were asked, in words; empty when nobody was asked. */
  reach(source) {
    const all = this.instances.length;
    if (!all) return "";
    const missing = source.missing.length;
    if (!missing) return "every instance";
    return missing === all ? "no instance" : `${all - missing} of ${all} instances`;
  }
}
