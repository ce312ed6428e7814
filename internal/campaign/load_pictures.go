package campaign

import (
	"fmt"
	"slices"
	"strings"
)

// What sites and messengers that show a link take for a large picture. Some fetch no more bytes than this.
const (
	maxPicture      = 300 << 10
	minPictureWidth = 600
	minPictureLines = 315
	pictureShape    = "1200x630 pixels (at least 600x315, in the same proportion)"
)

// pictures reads picture.<lang>.png or .jpg for the languages that have one.
func (l *loader) pictures() {
	for _, name := range list(l.library.fsys, l.dir, false) {
		if rest, ok := strings.CutPrefix(name, "picture."); ok {
			l.picture(name, rest)
		}
	}
}

func (l *loader) picture(name, rest string) {
	language, extension, _ := strings.Cut(rest, ".")
	mediaType, ok := map[string]string{"png": "image/png", "jpg": "image/jpeg"}[extension]
	if !ok || len(l.c.Languages) > 0 && !slices.Contains(l.c.Languages, language) {
		l.problems.add(l.file(name), 1, "a picture of no language", "picture.<language>.png or .jpg, in one of the campaign's languages: "+strings.Join(l.c.Languages, ", "))
		return
	}
	if _, twice := l.c.Pictures[language]; twice {
		l.problems.add(l.file(name), 1, fmt.Sprintf("a second picture in %q", language), "one for each language")
		return
	}
	data, err := readFile(l.library.fsys, l.file(name), maxPicture)
	if err != nil {
		l.problems.add(l.file(name), 1, err.Error(), fmt.Sprintf("a picture of at most %d bytes", maxPicture))
		return
	}
	p, err := readPicture(data)
	switch {
	case err != nil:
		l.problems.add(l.file(name), 1, err.Error(), pictureShape)
	case p.MediaType != mediaType:
		l.problems.add(l.file(name), 1, fmt.Sprintf("%s in a file named .%s", p.MediaType, extension), "the name that fits it")
	case !p.fits():
		l.problems.add(l.file(name), 1, fmt.Sprintf("%dx%d pixels", p.Width, p.Height), pictureShape)
	default:
		l.keepPicture(language, p)
	}
}

func (l *loader) keepPicture(language string, p Picture) {
	if l.c.Pictures == nil {
		l.c.Pictures = map[string]Picture{}
	}
	l.c.Pictures[language] = p
}

// fits says whether a picture is large enough, and within a twentieth of the proportion of 1200 to 630.
func (p Picture) fits() bool {
	across, down := 630*p.Width, 1200*p.Height // equal in that very proportion
	near := 20*max(across-down, down-across) <= down
	return p.Width >= minPictureWidth && p.Height >= minPictureLines && near
}
