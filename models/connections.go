package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"gorm.io/gorm"

	"purposeagent/agent"
	"purposeagent/agent/chat"
)

// Sealer keeps secrets at rest: what it seals only it can open.
type Sealer interface {
	Seal(plain []byte) ([]byte, error)
	Open(sealed []byte) ([]byte, error)
}

// Connections keeps the model servers that people set up, and prices. Keys are
// sealed before they are stored, and nothing but ForUse returns one. It is safe
// for concurrent use.
type Connections struct {
	db     *DB
	sealer Sealer
}

// connectionRow is a row of table connections.
type connectionRow struct {
	Name           string `gorm:"primaryKey"`
	Provider       string
	BaseURL        string `gorm:"column:base_url"`
	KeyEnv         string
	Key            []byte
	Concurrency    int
	PerMinute      int
	DayTokens      int64
	DayUSD         float64 `gorm:"column:day_usd"`
	Disabled       bool
	UpdatedAt      int64 `gorm:"autoUpdateTime:false"`
	KeyFor         string
	ThinkingTokens int
	OverflowWords  string // one a line
}

func (connectionRow) TableName() string { return "connections" }

// connection is without its key.
func (r *connectionRow) connection() chat.Connection {
	return chat.Connection{Name: r.Name, Provider: r.Provider, BaseURL: r.BaseURL, KeyEnv: r.KeyEnv, HasKey: len(r.Key) > 0, Concurrency: r.Concurrency,
		PerMinute: r.PerMinute, DayTokens: r.DayTokens, DayUSD: r.DayUSD, Disabled: r.Disabled, KeyFor: r.KeyFor,
		ThinkingTokens: r.ThinkingTokens, OverflowWords: strings.FieldsFunc(r.OverflowWords, func(c rune) bool { return c == '\n' })}
}

// List returns the connections by name, without their keys.
func (c *Connections) List(ctx context.Context) ([]chat.Connection, error) {
	var rows []connectionRow
	err := c.db.read.WithContext(ctx).Order("name").Find(&rows).Error
	list := make([]chat.Connection, len(rows))
	for i := range rows {
		list[i] = rows[i].connection()
	}
	return list, failed(err, "list connections")
}

// Get returns a connection without its key. Errors: CodeNotFound.
func (c *Connections) Get(ctx context.Context, name string) (chat.Connection, error) {
	row, err := c.row(ctx, name)
	return row.connection(), err
}

func (c *Connections) row(ctx context.Context, name string) (connectionRow, error) {
	var row connectionRow
	err := c.db.read.WithContext(ctx).Take(&row, "name = ?", name).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return row, notFound("connection", name)
	}
	return row, failed(err, "load connection %s", name)
}

// ForUse returns a connection with its key, for a client. Errors: CodeNotFound,
// CodeDenied where the key can't be opened.
func (c *Connections) ForUse(ctx context.Context, name string) (chat.Connection, error) {
	row, err := c.row(ctx, name)
	if err != nil {
		return chat.Connection{}, err
	}
	found := row.connection()
	if len(row.Key) > 0 {
		key, err := c.sealer.Open(row.Key)
		if err != nil {
			return found, agent.Errorf(agent.CodeDenied, "the stored key of %s can't be read: the file secret.key is not the one it was sealed with; store the key again", name)
		}
		found.Key = string(key)
	}
	return found, nil
}

// Put stores a connection in place of the one with its name. An empty key
// leaves the stored one, unless KeyEnv or forget says where the key is now. It
// stays with whom it was given for: where x.KeyFor names another, it has to be
// given again. Errors: CodeInvalid for its fields.
func (c *Connections) Put(ctx context.Context, actor string, x chat.Connection, forget bool) error {
	if err := x.Check(); err != nil {
		return err
	}
	var sealed []byte
	if x.Key != "" {
		var err error
		if sealed, err = c.sealer.Seal([]byte(x.Key)); err != nil {
			return fmt.Errorf("seal the key of %s: %w", x.Name, err)
		}
	}
	err := c.db.writeTx(ctx, func(tx *gorm.DB) error {
		row := connectionRow{Name: x.Name, Provider: x.Provider, BaseURL: x.BaseURL, KeyEnv: x.KeyEnv, Key: sealed, Concurrency: x.Concurrency,
			PerMinute: x.PerMinute, DayTokens: x.DayTokens, DayUSD: x.DayUSD, Disabled: x.Disabled, UpdatedAt: nanos(c.db.now()),
			KeyFor: x.KeyFor, ThinkingTokens: x.ThinkingTokens, OverflowWords: strings.Join(x.OverflowWords, "\n")}
		if sealed == nil && !forget && x.KeyEnv == "" {
			var keptFor string
			err := tx.Raw(`SELECT key, key_for FROM connections WHERE name = ?`, x.Name).Row().Scan(&row.Key, &keptFor)
			if err != nil && !errors.Is(err, sql.ErrNoRows) {
				return err
			}
			if len(row.Key) > 0 && keptFor != x.KeyFor {
				return agent.InvalidFields(map[string]string{"key": "type the key again: the stored one was given for " + keptFor + ", and is sent to no other server"})
			}
		}
		if err := tx.Save(&row).Error; err != nil {
			return err
		}
		return c.db.audit(tx, actor, "connection.put", x.Provider+" "+x.BaseURL, x.Name)
	})
	return failed(err, "store connection %s", x.Name)
}

// BindKeys notes for whom keys were given that were stored before that was kept.
func (c *Connections) BindKeys(ctx context.Context, of func(chat.Connection) string) error {
	err := c.db.writeTx(ctx, func(tx *gorm.DB) error {
		var rows []connectionRow
		if err := tx.Find(&rows, "key_for = ''").Error; err != nil {
			return err
		}
		for i := range rows {
			if err := tx.Exec(`UPDATE connections SET key_for = ? WHERE name = ?`, of(rows[i].connection()), rows[i].Name).Error; err != nil {
				return err
			}
		}
		return nil
	})
	return failed(err, "bind keys to their servers")
}

// Delete removes a connection with its key. Errors: CodeNotFound.
func (c *Connections) Delete(ctx context.Context, actor, name string) error {
	err := c.db.writeTx(ctx, func(tx *gorm.DB) error {
		gone := tx.Exec(`DELETE FROM connections WHERE name = ?`, name)
		if gone.Error != nil {
			return gone.Error
		}
		if gone.RowsAffected == 0 {
			return notFound("connection", name)
		}
		return c.db.audit(tx, actor, "connection.delete", "", name)
	})
	return failed(err, "delete connection %s", name)
}

// priceRow is a row of table prices.
type priceRow struct {
	Model       string `gorm:"primaryKey"`
	PriceIn     float64
	PriceCached float64
	PriceOut    float64
}

func (priceRow) TableName() string { return "prices" }

// Prices returns the price table by name.
func (c *Connections) Prices(ctx context.Context) ([]chat.Price, error) {
	var rows []priceRow
	err := c.db.read.WithContext(ctx).Order("model").Find(&rows).Error
	list := make([]chat.Price, len(rows))
	for i, r := range rows {
		list[i] = chat.Price{Model: r.Model, In: r.PriceIn, Cached: r.PriceCached, Out: r.PriceOut}
	}
	return list, failed(err, "list prices")
}

// PutPrice stores the price of a model or of a start of names. Errors: CodeInvalid.
func (c *Connections) PutPrice(ctx context.Context, actor string, p chat.Price) error {
	if err := p.Check(); err != nil {
		return err
	}
	err := c.db.writeTx(ctx, func(tx *gorm.DB) error {
		if err := tx.Save(&priceRow{p.Model, p.In, p.Cached, p.Out}).Error; err != nil {
			return err
		}
		return c.db.audit(tx, actor, "price.put", fmt.Sprintf("in %g, cached %g, out %g", p.In, p.Cached, p.Out), p.Model)
	})
	return failed(err, "store the price of %s", p.Model)
}

// DeletePrice removes a price. Errors: CodeNotFound.
func (c *Connections) DeletePrice(ctx context.Context, actor, model string) error {
	err := c.db.writeTx(ctx, func(tx *gorm.DB) error {
		gone := tx.Exec(`DELETE FROM prices WHERE model = ?`, model)
		if gone.Error != nil {
			return gone.Error
		}
		if gone.RowsAffected == 0 {
			return notFound("price", model)
		}
		return c.db.audit(tx, actor, "price.delete", "", model)
	})
	return failed(err, "delete the price of %s", model)
}
