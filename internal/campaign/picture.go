package campaign

import (
	"bytes"
	"encoding/binary"
	"errors"
)

var errPicture = errors.New("neither a PNG nor a JPEG picture")

// readPicture reads what a picture is and how large from its first bytes. The decoders of package image would cost every deployed function
// a third of a megabyte for it; a test holds this to them.
func readPicture(data []byte) (Picture, error) {
	p := Picture{Data: data}
	var ok bool
	switch {
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		p.MediaType = "image/png"
		p.Width, p.Height, ok = pngSize(data)
	case bytes.HasPrefix(data, []byte("\xff\xd8")):
		p.MediaType = "image/jpeg"
		p.Width, p.Height, ok = jpegSize(data[2:])
	}
	if !ok || p.Width == 0 || p.Height == 0 {
		return Picture{}, errPicture
	}
	return p, nil
}

// pngSize reads the first chunk, which is always the header (W3C PNG, section 11.2.2).
func pngSize(data []byte) (width, height int, ok bool) {
	const signature, length, name = 8, 4, 4
	header := data[signature:]
	if len(header) < length+name+13 || string(header[length:length+name]) != "IHDR" {
		return 0, 0, false
	}
	fields := header[length+name:]
	width, height = int(binary.BigEndian.Uint32(fields)), int(binary.BigEndian.Uint32(fields[4:]))
	return width, height, true
}

// jpegSize walks the marker segments to the frame header (ITU-T T.81, annex B).
func jpegSize(data []byte) (width, height int, ok bool) {
	for len(data) >= 4 && data[0] == 0xff {
		marker := data[1]
		if marker == 0xff { // fill
			data = data[1:]
			continue
		}
		length := int(binary.BigEndian.Uint16(data[2:]))
		if length < 2 || len(data) < 2+length {
			return 0, 0, false
		}
		if isFrame(marker) && length >= 8 {
			return int(binary.BigEndian.Uint16(data[7:])), int(binary.BigEndian.Uint16(data[5:])), true
		}
		data = data[2+length:]
	}
	return 0, 0, false
}

// isFrame says whether a marker is one of SOF0 to SOF15; three in between are other tables.
func isFrame(marker byte) bool {
	return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc
}
