//go:build ignore

// This makes coverage_shapes.csv, the countries of the organizers' map. It is run by hand, once for each new edition of the source:
//
//	go run coverage_shapes_gen.go countries-110m.json countries-50m.json > coverage_shapes.csv
//
// The source is Natural Earth (public domain), 1:110m for the shapes and 1:50m for the places of what is too small for them, as TopoJSON
// in the npm package world-atlas 2.0.2 (ISC licence). What both lack has its place below, in degrees.
package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"log"
	"maps"
	"math"
	"os"
	"slices"
	"strings"

	"golang.org/x/text/language"

	"one-click-protest/internal/address"
)

// The map is 2000 units wide; a mark is 2*mark units wide, and two marks are at least apart units from each other.
const (
	width = 2000.0
	mark  = 9.0
	apart = 2*mark + 3
	least = 90.0 // square units of a shape that needs no mark
)

// placed is where what Natural Earth draws with another country, or not at all, lies: latitude, longitude.
var placed = map[string][2]float64{
	"BQ": {12.18, -68.25}, "BV": {-54.42, 3.36}, "CC": {-12.17, 96.83}, "CX": {-10.49, 105.63}, "GF": {3.9, -53.1}, "GI": {36.14, -5.35},
	"GP": {16.24, -61.55}, "MQ": {14.64, -61.02}, "RE": {-21.12, 55.53}, "SJ": {78.6, 16.5}, "TK": {-9.2, -171.85}, "TV": {-8.52, 179.2},
	"UM": {19.28, 166.65}, "YT": {-12.83, 45.16},
}

type topology struct {
	Objects map[string]struct {
		Geometries []geometry `json:"geometries"`
	} `json:"objects"`
	Arcs      [][][2]int `json:"arcs"`
	Transform struct {
		Scale, Translate [2]float64
	} `json:"transform"`
}

type geometry struct {
	Type       string          `json:"type"`
	ID         string          `json:"id"`
	Arcs       json.RawMessage `json:"arcs"`
	Properties struct{ Name string }
}

type point struct{ x, y float64 }

func main() {
	shapes, places := map[string][]string{}, map[string]point{}
	areas := map[string]float64{}
	for code, rings := range read(os.Args[1]) {
		for _, ring := range cut(rings) {
			code := owner(code, ring)
			projected := project(ring)
			if outline := path(projected); !strings.HasSuffix(outline, "lz") { // not shrunk to a point
				shapes[code] = append(shapes[code], outline)
			}
			areas[code] = math.Max(areas[code], math.Abs(area(projected)))
		}
	}
	for code, rings := range read(os.Args[2]) {
		largest := slices.MaxFunc(cut(rings), func(a, b []point) int { return int(1e6 * (math.Abs(area(a)) - math.Abs(area(b)))) })
		places[code] = middle(project(largest))
	}
	for code, at := range placed {
		places[code] = project([]point{{at[1], at[0]}})[0]
	}
	marks := map[string]point{}
	for _, c := range address.Countries() {
		if at, ok := places[string(c)]; ok && areas[string(c)] < least {
			marks[string(c)] = at
		}
	}
	spread(marks)
	write(shapes, marks)
}

func write(shapes map[string][]string, marks map[string]point) {
	out := csv.NewWriter(os.Stdout)
	_ = out.Write([]string{"code", "x", "y", "path"})
	for _, c := range address.Countries() {
		code, x, y := string(c), "", ""
		if at, ok := marks[code]; ok {
			x, y = fmt.Sprint(math.Round(at.x)), fmt.Sprint(math.Round(at.y))
		}
		if x == "" && len(shapes[code]) == 0 {
			log.Printf("%s %s has no place", code, c.Name())
			continue
		}
		slices.Sort(shapes[code])
		_ = out.Write([]string{code, x, y, strings.Join(shapes[code], "")})
	}
	out.Flush()
}

// read answers the outlines of each country, in degrees.
func read(name string) map[string][][]point {
	src, err := os.ReadFile(name)
	if err != nil {
		log.Fatal(err)
	}
	var t topology
	if err := json.Unmarshal(src, &t); err != nil {
		log.Fatal(err)
	}
	all := map[string][][]point{}
	for _, g := range t.Objects["countries"].Geometries {
		if code := codeOf(g); code != "" {
			all[code] = append(all[code], t.rings(g)...)
		}
	}
	return all
}

// codeOf answers a country's ISO code. What has none is drawn with the state that ISO 3166-1 counts it to.
func codeOf(g geometry) string {
	switch g.Properties.Name {
	case "Kosovo":
		return "XK"
	case "N. Cyprus":
		return "CY"
	case "Somaliland":
		return "SO"
	}
	region, err := language.ParseRegion(g.ID)
	if err != nil || g.ID == "" {
		return ""
	}
	return region.String()
}

// owner parts what the source draws with the state it belongs to and ISO 3166-1 has apart: French Guiana, Svalbard.
func owner(code string, ring []point) string {
	at := middle(ring)
	switch {
	case code == "FR" && at.x < -40:
		return "GF"
	case code == "NO" && at.y > 74:
		return "SJ"
	}
	return code
}

func (t topology) rings(g geometry) [][]point {
	var polygons [][][]int
	if g.Type == "Polygon" {
		polygons = make([][][]int, 1)
		must(json.Unmarshal(g.Arcs, &polygons[0]))
	} else {
		must(json.Unmarshal(g.Arcs, &polygons))
	}
	var all [][]point
	for _, polygon := range polygons {
		for _, arcs := range polygon {
			all = append(all, t.ring(arcs))
		}
	}
	return all
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func (t topology) ring(arcs []int) []point {
	var ring []point
	for _, i := range arcs {
		backwards := i < 0
		if backwards {
			i = ^i
		}
		line, x, y := []point(nil), 0, 0
		for _, step := range t.Arcs[i] {
			x, y = x+step[0], y+step[1]
			line = append(line, point{float64(x)*t.Transform.Scale[0] + t.Transform.Translate[0], float64(y)*t.Transform.Scale[1] + t.Transform.Translate[1]})
		}
		if backwards {
			slices.Reverse(line)
		}
		if len(ring) > 0 {
			line = line[1:]
		}
		ring = append(ring, line...)
	}
	return ring
}

// cut parts what crosses 180° into what is left and what is right of it.
func cut(rings [][]point) [][]point {
	var all [][]point
	for _, ring := range rings {
		whole, crosses := unrolled(ring)
		if !crosses {
			all = append(all, ring)
			continue
		}
		for _, side := range []float64{-1, 1} {
			var half []point
			for _, p := range clipped(whole, side) {
				half = append(half, point{p.x - 180*(side+1), p.y})
			}
			if len(half) > 3 {
				all = append(all, half)
			}
		}
	}
	return all
}

// unrolled lets longitudes go on beyond 180°; false for what does not cross it, or goes around the pole.
func unrolled(ring []point) (whole []point, crosses bool) {
	turn := 0.0
	for i, p := range ring {
		if i > 0 && math.Abs(p.x-ring[i-1].x) > 180 {
			turn += math.Copysign(360, ring[i-1].x-p.x)
			crosses = true
		}
		whole = append(whole, point{p.x + turn, p.y})
	}
	if slices.MinFunc(whole, func(a, b point) int { return int(a.x - b.x) }).x < -181 { // begun on the other side
		for i := range whole {
			whole[i].x += 360
		}
	}
	return whole, crosses && turn == 0
}

// clipped keeps what is left (-1) or right (1) of 180°.
func clipped(ring []point, side float64) []point {
	var kept []point
	for i, p := range ring[:len(ring)-1] {
		q := ring[i+1]
		if (p.x-180)*side >= 0 {
			kept = append(kept, p)
		}
		if (p.x-180)*(q.x-180) < 0 {
			kept = append(kept, point{180, p.y + (q.y-p.y)*(180-p.x)/(q.x-p.x)})
		}
	}
	if len(kept) > 0 {
		kept = append(kept, kept[0])
	}
	return kept
}

// project is the Natural Earth projection (Šavrič, Jenny, Patterson, Petrovič, Hurni 2011), in units of the map.
func project(ring []point) []point {
	edge := 0.8707 * math.Pi
	projected := make([]point, len(ring))
	for i, p := range ring {
		l, f := p.x*math.Pi/180, p.y*math.Pi/180
		f2 := f * f
		f4 := f2 * f2
		x := l * (0.8707 - 0.131979*f2 - 0.013791*f4 + 0.003971*f4*f4*f2 - 0.001529*f4*f4*f4)
		y := f * (1.007226 + 0.015085*f2 - 0.044475*f4*f2 + 0.028874*f4*f4 - 0.005916*f4*f4*f2)
		projected[i] = point{(x + edge) / edge * width / 2, (1.4224 - y) / edge * width / 2}
	}
	return projected
}

// path writes an outline in whole units, each point from the one before.
func path(ring []point) string {
	var b strings.Builder
	var x, y int
	for i, p := range ring[:len(ring)-1] {
		px, py := int(math.Round(p.x)), int(math.Round(p.y))
		switch {
		case i == 0:
			fmt.Fprintf(&b, "M%d,%dl", px, py)
		case px != x || py != y:
			fmt.Fprintf(&b, "%+d%+d", px-x, py-y)
		}
		x, y = px, py
	}
	return strings.ReplaceAll(strings.ReplaceAll(b.String(), "l+", "l"), "+", " ") + "z"
}

func area(ring []point) float64 {
	var sum float64
	for i, p := range ring {
		q := ring[(i+1)%len(ring)]
		sum += p.x*q.y - q.x*p.y
	}
	return sum / 2
}

func middle(ring []point) point {
	var x, y float64
	a := area(ring)
	if a == 0 {
		return ring[0]
	}
	for i, p := range ring {
		q := ring[(i+1)%len(ring)]
		cross := p.x*q.y - q.x*p.y
		x, y = x+(p.x+q.x)*cross, y+(p.y+q.y)*cross
	}
	return point{x / 6 / a, y / 6 / a}
}

// spread pushes marks apart that would hide each other, all of them a little at a time, and lets them creep back to where they belong.
func spread(marks map[string]point) {
	codes := slices.Sorted(maps.Keys(marks))
	home := maps.Clone(marks)
	for step := range 2000 {
		for i, a := range codes {
			for _, b := range codes[i+1:] {
				push(marks, a, b)
			}
			p, h := marks[a], home[a]
			if step < 1500 {
				p = point{p.x + (h.x-p.x)*0.02, p.y + (h.y-p.y)*0.02}
			}
			marks[a] = point{min(max(p.x, apart/2), width-apart/2), p.y} // not over the edge
		}
	}
}

func push(marks map[string]point, a, b string) {
	p, q := marks[a], marks[b]
	dx, dy := q.x-p.x, q.y-p.y
	d := math.Hypot(dx, dy)
	if d >= apart {
		return
	}
	if d < 0.01 {
		dx, dy, d = 1, 0.3, 1
	}
	by := (apart - d) / 2 / d
	marks[a], marks[b] = point{p.x - dx*by, p.y - dy*by}, point{q.x + dx*by, q.y + dy*by}
}
