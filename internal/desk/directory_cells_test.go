package desk_test

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"one-click-protest/internal/address"
	"one-click-protest/internal/desk"
)

var rawColumns = strings.Split("sending_state,host_country_iso2,city,name,email,fax,phone,postal_address,website,source_url,as_of,mission_type,email_confidence,email_section,email_source,notes", ",")

const noAccreditation = "sending_state,seat_country_iso2,also_accredited_to_iso2\n"

// rawMission is a raw row with these cells and ordinary ones beside them.
func rawMission(cells map[string]string) map[string]string {
	row := map[string]string{"sending_state": "KR", "host_country_iso2": "DE", "city": "Berlin", "name": "Embassy", "mission_type": "embassy",
		"source_url": "https://example.org/list (a list)", "as_of": "2026-05-05", "email_confidence": "A", "email_section": "general"}
	for column, cell := range cells {
		row[column] = cell
	}
	return row
}

func rawFile(rows ...map[string]string) *bytes.Buffer {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write(rawColumns)
	for _, row := range rows {
		var cells []string
		for _, column := range rawColumns {
			cells = append(cells, row[column])
		}
		_ = w.Write(cells)
	}
	w.Flush()
	return &b
}

// importOne imports a single mission; the notices are those of one column.
func importOne(t *testing.T, column string, cells map[string]string) (desk.Row, []string) {
	t.Helper()
	rows, report, err := desk.ImportDirectory("KR", rawFile(rawMission(cells)), strings.NewReader(noAccreditation))
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, n := range report.Notices {
		if n.Column == column {
			told = append(told, n.What)
		}
	}
	if len(rows) != 1 {
		return desk.Row{}, told
	}
	return rows[0], told
}

func TestImportPhones(t *testing.T) {
	tests := []struct {
		country, city, cell string
		want                string
		notices             int
	}{
		{"DE", "Berlin", "", "", 0},
		{"DK", "Copenhagen", "+45-39460889, 39460875", "+4539460889; +4539460875", 0},
		{"AE", "Abu Dhabi", "(대표번호) (971-2) 641-6380 / (영사민원실) (971-2) 641-6457", "+97126416380; +97126416457", 0},
		{"BH", "Manama", "973) 1753 1140,973) 1753 1140", "+97317531140", 0},
		{"CN", "Wuhan", "행정전용 (86-27) 8574-1085 민원전용 (86-27) 8555-2470", "+862785741085; +862785552470", 0},
		{"CA", "Vancouver", "1 (604-681-4864)", "+16046814864", 0},
		{"TH", "Bangkok", "662-247-7535", "+6622477535", 0},
		{"IE", "Dublin", "01 283 9938", "+35312839938", 0},
		{"BE", "Brussels", "+32 (0)2 675 5777", "+3226755777", 0},
		{"IQ", "Baghdad", "964-(0)773-489-7217", "+9647734897217", 0},
		{"IS", "Reykjavik", "00354-5626110", "+3545626110", 0},
		{"US", "Washington D.C.", "+001-202-495-2138", "+12024952138", 0},
		{"IT", "Rome", "(39-06) 331-4522", "+39063314522", 0},
		{"NL", "The Hague", "+31-70-3065061 (2011); +31-70-3065099 (newer, by phone)", "+31703065061; +31703065099", 0},
		{"AU", "Canberra", "(02)62734783 or (02)62737443 (Please call at pm)", "+61262734783; +61262737443", 0},
		{"VN", "Ho Chi Minh City", "(84-28) 3829-1207(여권·공증과), (84-28) 3829-7577(운영지원과)", "+842838297577; +842838291207", 0},
		{"SG", "Singapore", "65-64712117 (consular); 64180252 (administration)", "+6564180252; +6564712117", 0},
		{"GB", "London", "+44 (0)20 7299 4049, 07970 292561 (24 hours)", "+442072994049; +447970292561", 0},
		{"PL", "Warsaw", "22 635 42 11 (consular 22 635 58 45)", "+48226354211; +48226355845", 0},
		{"PS", "Ramallah", "(972)-2-240-2848", "+97222402848", 0},

		// Taken in part, with a notice for the rest.
		{"AZ", "Baku", "(994-12) 498-3950~3", "+994124983950", 1},
		{"PH", "Cebu", "+63 32 231 1516(~9)", "+63322311516", 1},
		{"GB", "London", "+44 (0)20 7636 2981 / 5578", "+442076362981", 1},
		{"JP", "Fukuoka", "(81-92) 771-0464 771-0488", "+81927710464", 1},
		{"AR", "Buenos Aires", "+54-11-45478100, 45478199", "+541145478100", 1}, // area code not repeated
		{"KW", "Kuwait City", "+965 25333340 ext. 119; +965 25333341", "+96525333340; +96525333341", 1},
		{"RU", "Saint Petersburg", "(7-812) 448-9668 (민원실)1501", "+78124489668", 1},
		{"NZ", "Wellington", "(64-4) 472-3865,(61-2) 6273-4839", "+6444723865", 1}, // another country, without a plus
		{"DE", "Berlin", "(49-30) 26065-51,(49-30) 26065-52,(49-40) 26065-53", "+49302606551; +49302606552", 1},
		{"HU", "Budapest", "+36-1-3229067 (printed +1-3229067)", "+3613229067", 1},

		// Taken, with a notice that something is odd.
		{"LY", "Tripoli", "+216-71-274-759", "+21671274759", 1},
		{"AF", "Doha", "93-20-210-2725", "+93202102725", 1}, // host country's, but it stands in Qatar
		{"AF", "Doha", "근무시간 내 : +974-4463-9555, 외 : +82-2-3210-0404(통화요금 부과)", "+97444639555; +82232100404", 1},

		// Not taken.
		{"IR", "Tehran", "2229 1240 - 2229 1241", "", 2},
		{"CO", "Bogotá", "571-610-0338", "", 1},
		{"VN", "Hanoi", "+844-38453736", "", 1},
		{"TR", "Ankara", "(90-312) 468-4821-3[대표전화]", "", 1},
		{"DE", "Berlin", "(61-2) 6273-4839", "", 1},
		{"DE", "Berlin", "none", "", 0},
		{"DE", "Berlin", "12", "", 1},
	}
	for _, tt := range tests {
		t.Run(tt.country+" "+tt.cell, func(t *testing.T) {
			row, told := importOne(t, "fax", map[string]string{"host_country_iso2": tt.country, "city": tt.city, "fax": tt.cell})
			if row.Fax != tt.want || len(told) != tt.notices {
				t.Errorf("fax %q, told %q; want %q and %d notices", row.Fax, told, tt.want, tt.notices)
			}
		})
	}
}

func TestImportFaxThatIsThePhone(t *testing.T) {
	row, told := importOne(t, "fax", map[string]string{"fax": "+49 30 260650", "phone": "+49 30 260650"})
	if row.Fax != "+4930260650" || len(told) != 1 {
		t.Errorf("fax %q, told %q", row.Fax, told)
	}
}

func TestImportEmails(t *testing.T) {
	tests := []struct {
		name                 string
		cells                map[string]string
		email, grade, reason string
		further              string
		notices              int
	}{
		{"one", map[string]string{"email": "Info@Example.ORG"}, "Info@example.org", "A general", "", "", 0},
		{"departments", map[string]string{"email": "political_jp@mofa.go.kr; general_jp@mofa.go.kr; consular_jp@mofa.go.kr", "email_section": "several"},
			"general_jp@mofa.go.kr", "A general", "general before several; general before consular",
			"political_jp@mofa.go.kr (A, several); consular_jp@mofa.go.kr (A, consular)", 0},
		{"ministry before free mail", map[string]string{"email": "koremb@gmail.com; koremb@mofa.go.kr"},
			"koremb@mofa.go.kr", "A general", "ministry's domain before free mail", "koremb@gmail.com (A, general)", 0},
		{"graded in the notes", map[string]string{"email": "emb@mofa.go.kr", "email_confidence": "B-", "notes": "x also published: visa.emb@mofa.go.kr (A, consular) fax: https://example.org"},
			"emb@mofa.go.kr", "B- general", "general before visa", "visa.emb@mofa.go.kr (A, visa)", 0},
		{"position decides last", map[string]string{"email": "a@mofa.go.kr, b@mofa.go.kr"},
			"a@mofa.go.kr", "A general", "first as published", "b@mofa.go.kr (A, general)", 0},
		{"the same twice", map[string]string{"email": "a@mofa.go.kr; A@MOFA.go.kr"}, "a@mofa.go.kr", "A general", "", "", 0},
		{"malformed is not repaired", map[string]string{"email": "krinon 2a@gmail.com; a@mofa.go.kr"}, "a@mofa.go.kr", "A general", "", "", 1},
		{"not graded", map[string]string{"email": "a@mofa.go.kr", "email_confidence": ""}, "", " ", "", "", 1},
		{"unknown section", map[string]string{"email": "a@mofa.go.kr", "email_section": "kitchen"}, "", " ", "", "", 1},
		{"visa desk only", map[string]string{"email": "visasectionk@mofa.go.kr", "email_section": "consular"}, "visasectionk@mofa.go.kr", "A visa", "", "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			row, told := importOne(t, "email", tt.cells)
			want := desk.Row{Email: tt.email, EmailReason: tt.reason, FurtherEmails: tt.further}
			got := desk.Row{Email: row.Email, EmailReason: row.EmailReason, FurtherEmails: row.FurtherEmails}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if grade := row.Confidence + " " + row.Section; grade != tt.grade || len(told) != tt.notices {
				t.Errorf("grade %q, told %q; want %q and %d notices", grade, told, tt.grade, tt.notices)
			}
		})
	}
}

func TestImportTellsUngradedAddresses(t *testing.T) {
	row, told := importOne(t, "notes", map[string]string{"notes": "older: dead@example.org"})
	if row.Email != "" || len(told) != 1 || !strings.Contains(told[0], "dead@example.org") {
		t.Errorf("email %q, told %q", row.Email, told)
	}
}

// Whatever stands in a cell, what comes out is E.164 and plain addresses, each once.
func FuzzImportCells(f *testing.F) {
	f.Add("DE", "+49 (0)30 26065-51~53 / 5578 (consular)", "a@mofa.go.kr; b c@d")
	f.Add("JP", "대표 : (81-3) 3452-7423,3 [영사] 00 1 ~", "also@x")
	f.Add("US", "((1-213) 385-1849 \x01\x02 / ～", ";;,")
	f.Fuzz(func(t *testing.T, country, phone, email string) {
		c, err := address.ParseCountry(country)
		if err != nil {
			return
		}
		row, _ := importOne(t, "fax", map[string]string{"host_country_iso2": string(c), "city": "Berlin", "fax": phone, "email": email})
		seen := map[string]bool{}
		for _, s := range entriesOf(row.Fax) {
			if _, err := address.ParsePhone(s); err != nil || seen[s] {
				t.Errorf("fax %q from %q", row.Fax, phone)
			}
			seen[s] = true
		}
		if _, err := address.ParseEmail(row.Email); row.Email != "" && err != nil {
			t.Errorf("e-mail %q from %q", row.Email, email)
		}
	})
}
