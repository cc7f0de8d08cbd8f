-- Whether the learned set was in the run, as JSON (agent.SetHoldout); '' where
-- nothing was drawn and no set was suspended.
ALTER TABLE runs ADD COLUMN holdout TEXT NOT NULL DEFAULT '';
