package sqlite

import (
	"context"
	"fmt"
	"time"

	"one-click-protest/internal/ledger"
)

// selectSubscribers goes by the primary key, and steps over what has expired.
const selectSubscribers = `SELECT campaign, partner, id, box, expires FROM subscribers
	WHERE campaign = ? AND partner = ? AND id > ? AND expires > ? ORDER BY id LIMIT ?`

// subscribe writes an action's subscriber, if it has one.
func (w *writer) subscribe(s *ledger.Subscriber) error {
	if s == nil {
		return nil
	}
	return w.exec(`INSERT INTO subscribers VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`, s.Campaign, s.Partner, s.ID, s.Sealed, midnight(s.Expires).Unix())
}

// Subscribe implements ledger.Records.
func (l *Ledger) Subscribe(ctx context.Context, s ledger.Subscriber) error {
	if err := s.Check(); err != nil {
		return err
	}
	return l.write.do(ctx, "subscribe", func(w *writer) error { return w.subscribe(&s) })
}

// Subscribers implements ledger.Subscribers.
func (l *Ledger) Subscribers(ctx context.Context, campaign, partner, after string, now time.Time, n int) ([]ledger.Subscriber, error) {
	rows, err := l.read.QueryContext(ctx, selectSubscribers, campaign, partner, after, now.Unix(), max(n, 0)) // -1: no limit
	if err != nil {
		return nil, fmt.Errorf("subscribers: %w", err)
	}
	var ss []ledger.Subscriber
	for s, err := range each(rows, scanSubscriber) {
		if err != nil {
			return nil, fmt.Errorf("subscribers: %w", err)
		}
		ss = append(ss, s)
	}
	return ss, nil
}

func scanSubscriber(row scanner) (s ledger.Subscriber, err error) {
	var expires int64
	err = row.Scan(&s.Campaign, &s.Partner, &s.ID, &s.Sealed, &expires)
	s.Expires = time.Unix(expires, 0).UTC()
	return s, err
}

// Unsubscribe implements ledger.Subscribers, all of it or nothing. The log is taken into the file after it, so that what was handed
// over is in neither.
func (l *Ledger) Unsubscribe(ctx context.Context, campaign, partner string, ids []string) error {
	return l.write.do(ctx, "unsubscribe", func(w *writer) error {
		for _, id := range ids {
			n, err := w.changed(`DELETE FROM subscribers WHERE campaign = ? AND partner = ? AND id = ?`, campaign, partner, id)
			if err != nil {
				return err
			}
			w.old = w.old || n > 0
		}
		return nil
	})
}
