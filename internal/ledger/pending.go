package ledger

import (
	"strconv"
	"strings"
	"time"
)

// A pending's id is the time in milliseconds since 1970, in idWidth digits to the base of 36, a hyphen, and something random.
const (
	idBase   = 36
	idWidth  = 9
	idEnd    = 101_559_956_668_416 // idBase to the power of idWidth: in the year 5188
	idRandom = 64                  // characters at most, so that no id is too long for a database's key
	idLetter = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-"
)

// PendingID answers the id of a pending submitted at this time: ids sort as text in the order of time, to the millisecond. random is
// of [0-9A-Z-], 64 characters at most, and tells apart what comes in one millisecond ([crypto/rand.Text] will do). The id
// goes into [Delivery.Tag]. It tells the instant, as the Date header of the confirmation mail does; no action refers to it.
func PendingID(at time.Time, random string) string {
	milli := min(max(at.UnixMilli(), 0), idEnd-1)
	digits := strconv.FormatInt(idEnd+milli, idBase) // one more in front keeps the zeros
	return strings.ToUpper(digits[1:]) + "-" + random
}

// PendingTime answers the time in an id, to the millisecond in UTC; ok is false for what [PendingID] has not made.
func PendingTime(id string) (at time.Time, ok bool) {
	random := len(id) - idWidth - 1
	if random < 1 || random > idRandom || id[idWidth] != '-' || strings.Trim(id, idLetter) != "" {
		return time.Time{}, false
	}
	milli, err := strconv.ParseUint(id[:idWidth], idBase, 64)
	return time.UnixMilli(int64(milli)).UTC(), err == nil
}
