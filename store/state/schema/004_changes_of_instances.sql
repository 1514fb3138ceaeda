-- Flap detection keeps when an instance changed, and no more a text of its last 21 states.
UPDATE instances SET state = json_set(json_remove(state, '$.history'), '$.changes', json('[]'));
