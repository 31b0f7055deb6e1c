alter table message drop column action;
