package browser

import (
	"context"
	_ "embed"
	"strconv"

	"github.com/chromedp/chromedp"
)

//go:embed still.js
var still string

// Click clicks an element with the mouse once it is in reach: visible, still, and with nothing over it.
func Click(selector string) chromedp.Action[chromedp.Void] {
	return ClickOn("document.querySelector(" + strconv.Quote(selector) + ")")
}

// ClickOn is Click on what a script gives; it is asked again until it gives an element.
func ClickOn(element string) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		find := "(" + still + ")(() => " + element + ", " + strconv.Quote(element) + ")"
		at, err := chromedp.Evaluate[[2]float64](find, chromedp.EvalAwaitPromise)(ctx, t)
		if err != nil {
			return chromedp.Void{}, err
		}
		return chromedp.MouseClickXY(at[0], at[1])(ctx, t)
	}
}

// Visible waits until an element is.
func Visible(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.WaitVisible(chromedp.CSS(selector))
}

// Type puts the focus into a field and types.
func Type(selector, text string) chromedp.Action[chromedp.Void] {
	return chromedp.SendKeys(chromedp.CSS(selector), text)
}
