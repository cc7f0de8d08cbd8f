// Package roles has the roles of an agent as a language model plays them: the
// Actor that decides, the PurposeFunction and the Panel that assess, the
// ModelDistiller that draws rules from a trajectory. Prompts are built within a
// budget of tokens, everything remembered or observed stands in them as data, and
// answers are read strictly, with one request to repair. The package
// [purposeagent/agent/reasoner] plays the same roles without a model.
package roles
