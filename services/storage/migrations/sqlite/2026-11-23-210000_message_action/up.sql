-- The action that a message stands for, as JSON; null for every other message.
alter table message add column action text;
