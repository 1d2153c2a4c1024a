/**
 * The training plan, a record of every hyper-parameter; the training loop, which can be stopped and
 * resumed to the same bits; optimizers whose state can be read, and learning rate schedules.
 */
package io.github.lovaszdjl.training;
