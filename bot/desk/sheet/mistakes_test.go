package sheet_test

import (
	"strings"
	"testing"

	"keydesk/bot/desk/sheet"
)

// TestMistakes checks every mistake that a single row can have. The cells of a row follow the header's
// order.
func TestMistakes(t *testing.T) {
	c := load(t)
	const header = "vendor,label,value,client_id,region,host,endpoint," +
		"expires,interval,note,api_key,username\n"
	hudu := func(cells string) string { return "hudu," + cells }
	for _, test := range []struct{ name, row, want string }{
		{"no vendor", ",contoso,FAKE1", "The vendor is empty."},
		{"mistyped vendor", "ninjaine,,FAKE1",
			"The vendor is not known. Did you mean NinjaOne (NinjaRMM)? Write ninjaone."},
		{"several vendors", "connectwise,,FAKE1",
			"The vendor could be one of several. Write cw-automate or cw-manage."},
		{"other vendor", "contosotool,,FAKE1",
			"The vendor is not known. The command \"vendors\" lists those there are."},
		{"label of nothing", hudu("客户,FAKE1,,,hudu.contoso.example"),
			"The label has no letter a-z and no digit."},
		{"long label", hudu(strings.Repeat("contoso ", 8) + ",FAKE1,,,hudu.contoso.example"),
			"The label is too long: it has 40 letters, digits and dashes at most."},
		{"empty value", hudu("contoso,,,,hudu.contoso.example"), "Empty, and needed for Hudu: API key."},
		{"empty part", "ninjaone,contoso,FAKE1,,eu", "Empty, and needed for NinjaOne (NinjaRMM): Client ID."},
		{"no column", "datto-bcdr,,FAKE1",
			"Datto BCDR / Partner Portal API also needs Public key: add the column public_key."},
		{"foreign part", "atera,,FAKE1,FAKE2", `Atera has no "client_id": leave that cell empty.`},
		{"foreign placeholder", "atera,,FAKE1,,eu", `Atera has no "region": leave that cell empty.`},
		{"several secrets", "autotask,,FAKE1,,,,https://webservices3.autotask.net,,,,,FAKEuser",
			`Autotask PSA (Datto/Kaseya) has several secret parts: instead of "value", use the columns ` +
				`integration_code, secret. Autotask PSA (Datto/Kaseya) also needs Integration code, Secret: ` +
				`add the columns integration_code, secret.`},
		{"twice", "atera,,FAKE1,,,,,,,,FAKE2", "API key is given twice, and not alike."},
		{"no placeholder", hudu("contoso,FAKE1"), `The address is not complete: give host, or the whole address ` +
			`(https://{host}/api/v1) in a column "endpoint".`},
		{"bad placeholder", "ninjaone,,FAKE1,FAKE2,eu.evil.example/", "The value for region does not fit; " +
			"it is the instance host of the tenant, for example app."},
		{"bad host", "crowdstrike,,FAKE1,FAKE2,,,https://api.evil.example",
			"The address leads to a host that is not CrowdStrike Falcon's."},
		{"other address", "ninjaone,,FAKE1,FAKE2,,,https://eu.evil.example",
			"The address of NinjaOne (NinjaRMM) has the form https://{region}.ninjarmm.com, " +
				"for example https://app.ninjarmm.com."},
		{"fixed address", "atera,,FAKE1,,,,https://atera.evil.example",
			"The address of Atera is always https://app.atera.com/api/v3: leave that cell empty."},
		{"address twice", "ninjaone,,FAKE1,FAKE2,eu,,https://app.ninjarmm.com",
			"The address is given twice, and not alike: see region."},
		{"no date", "atera,,FAKE1,,,,,soon", "The expiry is no date: write it like 2027-06-30."},
		{"no day", "atera,,FAKE1,,,,,2027-02-29", "The expiry is no date: write it like 2027-06-30."},
		{"swapped", hudu("contoso,https://hudu.contoso.example,,,,FAKEKEY0123456789"),
			"API key is an address. Is the value in the column of the address?"},
		{"swapped host", hudu("contoso,hudu.contoso.example,,,fakekey0123456789"),
			"API key is an address. Is the value in the column of the address?"},
		{"two readings", "atera,,FAKE1,,,,,5/6/2027",
			"The expiry can be read in two ways, which is day and which month: write it like 2027-06-30."},
		{"interval", "atera,,FAKE1,,,,,,0", "The rotation interval is a number of days from 1 to 3650."},
		{"long interval", "atera,,FAKE1,,,,,,3651", "The rotation interval is a number of days from 1 to 3650."},
		{"note", "atera,,FAKE1,,,,,,," + strings.Repeat("ä", 257), "The note has more than 256 characters."},
		{"number", "atera,,1.23457E+15", `The cell in "value" was turned into a number by the spreadsheet: ` +
			`format the column as text and enter it again.`},
		{"formula", "atera,,#NAME?", `The cell in "value" was taken for a formula by the spreadsheet: ` +
			`format the column as text and enter it again.`},
		{"masked", "atera,,••••••", `The cell in "value" is masked: enter the value itself.`},
		{"unreadable", "atera,,FAKE\ufffd", `The cell in "value" has a character that cannot be read: ` +
			`save the sheet as CSV UTF-8.`},
		{"large", "atera,,FAKE" + strings.Repeat("x", 16<<10), "The value is larger than 16 KB."},
		{"cut in two", "atera,,FAKE1,,,,,,,,,,FAKE2",
			"The row has more cells than the header: put quotes around a cell with a separator in it."},
		{"several mistakes", "atera,,FAKE1,,,,,soon,never", "The expiry is no date: write it like 2027-06-30. " +
			"The rotation interval is a number of days from 1 to 3650."},
		{"good", "atera,,FAKE1", ""},
		{"good on the edge", "atera,,FAKE1,,,,,2027-02-28,3650," + strings.Repeat("ä", 256), ""},
		{"good to the last byte", "atera,,FAKE" + strings.Repeat("x", 16<<10-4), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := sheet.Read([]byte(header+test.row+"\n"), c, today)
			noValue(t, s, err)
			if err != nil {
				t.Fatal(err)
			}
			if r := s.Rows[0]; r.Mistake != test.want || (r.Mistake == "") != (r.Parts != nil) {
				t.Errorf("mistake %q\nwant    %q\nparts: %v", r.Mistake, test.want, r.Parts)
			}
		})
	}
}

// TestOtherColumns checks what needs another header.
func TestOtherColumns(t *testing.T) {
	c := load(t)
	const huduForm = "The address of Hudu has the form https://{host}/api/v1, " +
		"for example https://mymsp.huducloud.com/api/v1."
	for _, test := range []struct{ name, text, want string }{
		{"two vendors", "vendor,key name,value\nhudu,atera/contoso,FAKE1", "The row names two vendors."},
		{"two labels", "key name,label,value\natera/contoso,fabrikam,FAKE1", "The row gives two labels."},
		{"one label twice", "key name,label,value\natera/contoso,Contoso,FAKE1", ""},
		{"only a label beside", "key,label,value\natera,Contoso,FAKE1", ""},
		{"large object", "vendor;client id;client secret\nsophos;FAKE1;FAKE" + strings.Repeat("\t\\", 6000),
			"The value is larger than 16 KB."},
		{"German", "Hersteller;Kunde;Schlüssel;Ablauf;Notiz\natera;Contoso;FAKE1;2027-06-30;alt", ""},
		{"German too", "Anbieter;Kundin;Schluessel;Läuft ab\natera;Contoso;FAKE1;2027-06-30", ""},
		{"key is a value", "vendor,key\natera,FAKE1", ""},
		{"prefixes", "vendor,part.api_key,endpoint.host\nhudu,FAKE1,hudu.contoso.example", ""},
		{"what a placeholder is", "vendor,api key,Hudu instance host (cloud or own)\n" +
			"hudu,FAKE1,hudu.contoso.example", ""},
		{"site beside an address", "vendor,site,url,company_id,public_key,private_key,client_id\n" +
			"cwm,HQ,https://api-na.myconnectwise.net/v4_6_release,FAKE1,FAKE2,FAKE3,FAKE4", ""},
		{"default port", "vendor,value,url\nfortigate,FAKE1,https://fw.contoso.example", ""},
		{"other port", "vendor,value,url\nhudu,FAKE1,https://hudu.contoso.example:8443", huduForm},
		{"other path", "vendor,value,url\nhudu,FAKE1,https://contoso.example/hudu", huduForm},
		{"longer path", "vendor,value,url\nhudu,FAKE1,https://hudu.contoso.example/api/v1/companies", huduForm},
		{"alike twice", "vendor,value,api_key\natera,FAKE1,FAKE1", ""},
		{"a vendor's column is no placeholder", "platform,api key,api secret\ndatto-rmm,FAKE1,FAKE2",
			"Remark: Without its address: give platform later, by editing the key."},
		{"user", "vendor,value,url\nhudu,FAKE1,https://FAKE@contoso.example", huduForm},
		{"not https", "vendor,value,url\nhudu,FAKE1,http://hudu.contoso.example", huduForm},
		{"placeholder in a path", "vendor,client id,secret,tenant id,url\nentra,FAKE1,FAKE2,FAKE3," +
			"https://login.microsoftonline.com/contoso.example", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := sheet.Read([]byte(test.text), c, today)
			noValue(t, s, err)
			if err != nil || len(s.Rows) != 1 || said(s.Rows[0]) != test.want {
				t.Errorf("%v: %+v\nwant %q", err, s.Rows, test.want)
			}
		})
	}
}

// said is a row's mistake, else its remark.
func said(r sheet.Row) string {
	if r.Mistake == "" && r.Remark != "" {
		return "Remark: " + r.Remark
	}
	return r.Mistake
}

// TestTwoMeanings checks that a column named like a placeholder is the label where the address is given
// otherwise.
func TestTwoMeanings(t *testing.T) {
	const host = "psa.contoso.example"
	const parts, cells = ",company_id,public_key,private_key,client_id\n", ",FAKE1,FAKE2,FAKE3,FAKE4\n"
	c := load(t)
	for _, test := range []struct{ text, key, site string }{
		{"vendor,site" + parts + "cwm," + host + cells, "cw-manage", host},
		{"vendor,site,url" + parts + "cwm,HQ," + host + cells, "cw-manage/hq", host},
		{"vendor,site,endpoint.site" + parts + "cwm,HQ," + host + cells, "cw-manage/hq", host},
		{"vendor,label,site" + parts + "cwm,HQ," + host + cells, "cw-manage/hq", host},
	} {
		s, err := sheet.Read([]byte(test.text), c, today)
		noValue(t, s, err)
		if err != nil || len(s.Rows) != 1 {
			t.Fatal(err)
		}
		r := s.Rows[0]
		if r.Mistake != "" || r.Key.String() != test.key || r.Endpoint["site"] != test.site {
			t.Errorf("%s at %v: %s, want %s at %s", r.Key, r.Endpoint, r.Mistake, test.key, test.site)
		}
	}
}
