package campaign

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const directoryFile = `id,country,kind,city,name,email,confidence,section,fax,zone,source,as_of
kr-at-vienna,AT,embassy,Vienna,Embassy,a@example.org,B,general,+4314781013,Europe/Vienna,x,2026-05-05
kr-be-brussels,BE,embassy,Brussels,Embassy,b@example.org,B-,general,,Europe/Brussels,x,2026-05-05
`

func TestReadDirectory(t *testing.T) {
	missions, wrong := ReadDirectory("kr.csv", []byte(directoryFile))
	if len(missions) != 2 || wrong != nil || missions[1].Line != 3 || missions[1].ID != "kr-be-brussels" {
		t.Fatalf("%+v, %v", missions, wrong)
	}
	var usable []string
	for _, m := range missions {
		to, ok := DefaultAddress(m.Target)
		usable = append(usable, fmt.Sprint(to, ok))
	}
	if diff := cmp.Diff([]string{"a@example.orgtrue", "false"}, usable); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What is wrong has its line, and the rest is there to be looked over.
func TestReadDirectoryWrong(t *testing.T) {
	missions, wrong := ReadDirectory("kr.csv", []byte(directoryFile+"kr-ch-bern,CH,embassy,Bern,Embassy,,,,43,Europe/Nowhere,x,2026-05-05\n"))
	want := Problems{
		{File: "kr.csv", Line: 4, What: `fax: "43" is no number in E.164`, Expected: `+82221103079, several with "; " between them`},
		{File: "kr.csv", Line: 4, What: `zone: "Europe/Nowhere" is no time zone`, Expected: "an IANA name like Asia/Seoul"},
	}
	if diff := cmp.Diff(want, wrong); diff != "" || len(missions) != 3 {
		t.Errorf("%d missions (-want +got):\n%s", len(missions), diff)
	}
	if missions, wrong := ReadDirectory("kr.csv", nil); len(missions) != 0 || len(wrong) != 1 || wrong[0].Line != 1 {
		t.Errorf("%v, %v", missions, wrong)
	}
}
