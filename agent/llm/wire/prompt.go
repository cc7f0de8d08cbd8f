package wire

import "purposeagent/agent/chat"

// PromptBytes is the length of all messages together, for Unread.
func PromptBytes(messages []chat.Message) int {
	n := 0
	for i := range messages {
		n += len(messages[i].Text)
	}
	return n
}
