package sheet

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// Marks at the beginning of files, from their formats' specifications.
const (
	markUTF8    = "\xef\xbb\xbf"
	markUTF16LE = "\xff\xfe"
	markUTF16BE = "\xfe\xff"
	markZip     = "PK\x03\x04"       // xlsx, ods
	markOLE     = "\xd0\xcf\x11\xe0" // xls
	saveAsCSV   = "Save the sheet as CSV (in Excel: CSV UTF-8), and send that."
	asXLSX      = "This is a workbook, not a CSV file. " + saveAsCSV
	notText     = "This is not a text file. " + saveAsCSV
	noRows      = "The file is empty. " + saveAsCSV
	tooManyByte = "The file is larger than 2 MB. Split it into several."
)

// decode makes text of a file: UTF-8, UTF-16 with a byte order mark, else Windows-1252, which is what
// Excel saves "CSV" as in western Europe and the Americas. Lines end with "\n" or "\r\n".
func decode(b []byte) (string, error) {
	switch {
	case len(b) > MaxBytes:
		return "", fault(tooManyByte)
	case bytes.HasPrefix(b, []byte(markZip)), bytes.HasPrefix(b, []byte(markOLE)):
		return "", fault(asXLSX)
	}
	text, err := decoded(b)
	if err != nil || strings.ContainsRune(text, 0) {
		return "", fault(notText)
	}
	if strings.TrimSpace(text) == "" {
		return "", fault(noRows)
	}
	if !strings.Contains(text, "\n") { // as Excel's "CSV (Macintosh)" ends lines
		text = strings.ReplaceAll(text, "\r", "\n")
	}
	return text, nil
}

func decoded(b []byte) (string, error) {
	var from encoding.Encoding
	switch {
	case bytes.HasPrefix(b, []byte(markUTF16LE)), bytes.HasPrefix(b, []byte(markUTF16BE)):
		from = unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM)
	case utf8.Valid(b):
		return strings.TrimPrefix(string(b), markUTF8), nil
	default:
		from = charmap.Windows1252
	}
	out, err := from.NewDecoder().Bytes(b)
	return string(out), err
}
