package web

import (
	"context"
	"encoding/json"
	"mime"
	"net/http"
	"time"

	"keydesk/bot/desk"
)

const tooLongSheet = "The file is over 2 MB. Split it into several."

// row is a row of a sheet as the page gets it.
type row struct {
	Line   int    `json:"line"`
	Key    string `json:"key"`
	Result string `json:"result"`
	Note   string `json:"note"`
}

type column struct {
	Name  string `json:"name"`
	Means string `json:"means"`
}

func rowOf(r desk.SheetRow) row { return row{r.Line, r.Key, string(r.Result), r.Note} }

func rowsOf(report desk.SheetReport) []row {
	rows := make([]row, 0, len(report.Rows))
	for _, r := range report.Rows {
		rows = append(rows, rowOf(r))
	}
	return rows
}

// checkSheet is the preview of an import.
func (p *pages) checkSheet(w http.ResponseWriter, r *http.Request) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "text/csv" {
		problem(w, http.StatusUnsupportedMediaType, "Open the link in a browser and use the page.")
		return
	}
	sheet, who, ok := p.body(w, r, maxSheet, tooLongSheet)
	if !ok {
		return
	}
	defer clear(sheet)
	report, err := p.Desk.CheckSheet(r.Context(), r.PathValue("token"), who, sheet)
	if err != nil {
		refuseEntry(w, err, "")
		return
	}
	columns := make([]column, 0, len(report.Columns))
	for _, c := range report.Columns {
		columns = append(columns, column(c))
	}
	answer(w, map[string]any{"columns": columns, "rows": rowsOf(report)})
}

// takeSheet stores the rows. The answer is a JSON line for each row as it ends, and one at the end of all.
func (p *pages) takeSheet(w http.ResponseWriter, r *http.Request) {
	sheet, who, ok := p.body(w, r, maxSheet, tooLongSheet)
	if !ok {
		return
	}
	defer clear(sheet)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), importWithin)
	defer cancel()
	out := lines{w: w}
	report, err := p.Desk.ImportSheet(ctx, r.PathValue("token"), who, sheet,
		func(r desk.SheetRow) { out.write(rowOf(r)) })
	switch {
	case err != nil && !out.begun:
		refuseEntry(w, err, report.Again)
	case err != nil:
		out.write(map[string]any{"done": true, "rows": rowsOf(report), "error": desk.Sentence(err),
			"again": report.Again})
	default:
		out.write(map[string]any{"done": true, "rows": rowsOf(report), "again": report.Again})
	}
}

// lines writes JSON lines as they come. A browser that went away, or takes none, does not hold up the import.
type lines struct {
	w     http.ResponseWriter
	begun bool
	gone  bool
}

// lineTime is how long a browser may take to take a line.
const lineTime = 5 * time.Second

func (l *lines) write(v any) {
	if l.gone {
		return
	}
	if !l.begun {
		l.begun = true
		l.w.Header().Set("Content-Type", "application/x-ndjson; charset=utf-8")
	}
	line := http.NewResponseController(l.w)
	_ = line.SetWriteDeadline(time.Now().Add(lineTime))
	if json.NewEncoder(l.w).Encode(v) != nil || line.Flush() != nil {
		l.gone = true
	}
}

// template is the CSV file to fill in.
func (p *pages) template(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="keydesk-import.csv"`)
	_, _ = w.Write(p.Template)
}
