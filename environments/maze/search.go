package maze

// The exact search. A state is a room, three states for each key, and whether
// the treasure is carried: at most 144 · 3⁴ · 2 = 23,328 of them.

// index numbers the positions.
func (p *plan) index(s *position) int {
	code := 0
	if s.treasure {
		code = 1
	}
	for i := range p.keyRooms {
		code = code*3 + int(s.keys[i])
	}
	return code*p.rooms() + s.room
}

// at is the inverse of index.
func (p *plan) at(index int) position {
	s := position{room: index % p.rooms()}
	code := index / p.rooms()
	for i := len(p.keyRooms) - 1; i >= 0; i-- {
		s.keys[i] = keyState(code % 3)
		code /= 3
	}
	s.treasure = code == 1
	return s
}

// states counts the positions.
func (p *plan) states() int {
	n := 2 * p.rooms()
	for range p.keyRooms {
		n *= 3
	}
	return n
}

// search fills dist with the least number of actions from each state to the
// goal, by breadth-first search backwards from all states that reach it.
func (p *plan) search() {
	p.dist = make([]int16, p.states())
	queue := make([]int, 0, len(p.dist))
	for i := range p.dist {
		p.dist[i] = none
		if p.won(p.at(i)) {
			p.dist[i] = 0
			queue = append(queue, i)
		}
	}
	for head := 0; head < len(queue); head++ {
		s := p.at(queue[head])
		next := p.dist[queue[head]] + 1
		p.predecessors(s, func(before position) {
			if i := p.index(&before); p.dist[i] == none {
				p.dist[i] = next
				queue = append(queue, i)
			}
		})
	}
	p.farthest = p.dist[queue[len(queue)-1]] // breadth first: the last one is farthest
}

// predecessors yields the states from which one action leads to s.
func (p *plan) predecessors(s position, yield func(position)) {
	for d := range direction(4) {
		if from := p.neighbor(s.room, d); from != none {
			if w := p.ways[from][d.opposite()]; w.to == s.room && passable(w, &s) {
				before := s
				before.room = from
				yield(before)
			}
		}
		if w := p.ways[s.room][d]; w.to != none && w.door != none && s.keys[w.door] == keyUsed {
			before := s
			before.keys[w.door] = keyHeld
			yield(before)
		}
	}
	for i, room := range p.keyRooms {
		if room == s.room && s.keys[i] == keyHeld {
			before := s
			before.keys[i] = keyLies
			yield(before)
		}
	}
	if s.treasure && s.room == p.treasure {
		before := s
		before.treasure = false
		yield(before)
	}
}

// successors yields each action that can be done in s with the state after it.
func (p *plan) successors(s position, yield func(move, position)) {
	if p.won(s) {
		return
	}
	for d, w := range p.ways[s.room] {
		if passable(w, &s) {
			after := s
			after.room = w.to
			yield(move{verb: verbGo, d: direction(d)}, after)
		}
	}
	for d, w := range p.ways[s.room] {
		if w.to != none && w.door != none && s.keys[w.door] == keyHeld {
			after := s
			after.keys[w.door] = keyUsed
			yield(move{verb: verbUnlock, d: direction(d)}, after)
		}
	}
	for i, room := range p.keyRooms {
		if room == s.room && s.keys[i] == keyLies {
			after := s
			after.keys[i] = keyHeld
			yield(move{verb: verbTake, thing: i}, after)
		}
	}
	if s.room == p.treasure && !s.treasure {
		after := s
		after.treasure = true
		yield(move{verb: verbTake, thing: len(p.keyRooms)}, after)
	}
}

// left returns the least number of actions to the goal, or none.
func (p *plan) left(s position) int { return int(p.dist[p.index(&s)]) }

// sound reports whether the goal can be reached from every state that can be
// reached: the maze is solvable and has no trap.
func (p *plan) sound() bool {
	seen := make([]bool, len(p.dist))
	first := p.startPosition()
	i := p.index(&first)
	seen[i] = true
	stack := []int{i}
	for len(stack) > 0 {
		i := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if p.dist[i] == none {
			return false
		}
		p.successors(p.at(i), func(_ move, after position) {
			if j := p.index(&after); !seen[j] {
				seen[j] = true
				stack = append(stack, j)
			}
		})
	}
	return true
}
