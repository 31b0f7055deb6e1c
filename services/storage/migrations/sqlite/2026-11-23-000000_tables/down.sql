drop table change;
drop table export;
drop table message;
drop table pipeline;
drop table task;
drop table profile;
drop table store;
