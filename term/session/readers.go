package session

// readers are told of new output. The lock of whoever has them guards them; they
// are called without it.
type readers struct {
	funcs map[int]func()
	last  int
	list  []func() // the same, replaced and never changed
}

// add has f called; the number is for remove.
func (r *readers) add(f func()) int {
	if r.funcs == nil {
		r.funcs = map[int]func(){}
	}
	r.last++
	r.funcs[r.last] = f
	r.renew()
	return r.last
}

func (r *readers) remove(n int) {
	delete(r.funcs, n)
	r.renew()
}

func (r *readers) renew() {
	r.list = make([]func(), 0, len(r.funcs))
	for _, f := range r.funcs {
		r.list = append(r.list, f)
	}
}

// tell calls those of a list.
func tell(list []func()) {
	for _, f := range list {
		f()
	}
}
